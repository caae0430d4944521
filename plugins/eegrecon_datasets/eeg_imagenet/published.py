"""Facts of the published data set: where it is, its files, the window that is used, and the names of its classes."""

from __future__ import annotations

from eegrecon_datasets.eegcvpr40.labels import CLASSES as COARSE

SOURCE = "fetch it from https://github.com/Promise-Z5Q2SQ/EEG-ImageNet-Dataset"
FILES = ("EEG-ImageNet_1.pth", "EEG-ImageNet_2.pth")  # subjects 0 to 7, and 8 to 15
SFREQ = 1000.0  # Hz
WINDOW = slice(40, 440)  # samples; src/dataset.py
PICTURES = ("imageNet_images", "image")  # folders of <wnid>/<name>
BLOCK, TRAINED = 50, 30  # trials of a block, and those of them that are trained on; src/object_classification.py
FINE = {  # data/imageNet_images/synset_map_en.txt, the first name of each
    "n02099601": "golden retriever",
    "n02099712": "Labrador retriever",
    "n02106166": "Border collie",
    "n02106550": "Rottweiler",
    "n02107142": "Doberman",
    "n02110185": "Siberian husky",
    "n02111889": "Samoyed",
    "n02112826": "corgi",
    "n01443537": "goldfish",
    "n01456756": "seahorse",
    "n01484850": "great white shark",
    "n01494475": "hammerhead",
    "n01496331": "electric ray",
    "n02630281": "sailfish",
    "n02643566": "lionfish",
    "n02655020": "pufferfish",
    "n07740461": "Red Delicious",
    "n07745940": "strawberry",
    "n07749192": "navel orange",
    "n07753275": "pineapple",
    "n07756951": "watermelon",
    "n07758680": "grape",
    "n07772935": "coconut",
    "n12144580": "corn",
    "n02701002": "ambulance",
    "n02901620": "brigantine",
    "n03384352": "forklift",
    "n03690473": "lorry",
    "n03790512": "motorcycle",
    "n03845190": "oil tanker",
    "n04389033": "tank",
    "n04465666": "tractor",
    "n02672831": "accordion",
    "n02992211": "cello",
    "n03372029": "flute",
    "n03495258": "harp",
    "n03838899": "oboe",
    "n03884397": "panpipe",
    "n04249415": "snare drum",
    "n04487394": "trombone",
}
CLASSES = {**COARSE, **FINE}
CHANNELS = (  # data/mode/montage_ch_names.json, without the mastoids and what is no EEG
    "FP1", "FPZ", "FP2", "AF3", "AF4", "F7", "F5", "F3", "F1", "FZ", "F2", "F4", "F6", "F8", "FT7", "FC5", "FC3", "FC1",
    "FCZ", "FC2", "FC4", "FC6", "FT8", "T7", "C5", "C3", "C1", "CZ", "C2", "C4", "C6", "T8", "TP7", "CP5", "CP3", "CP1",
    "CPZ", "CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "PZ", "P2", "P4", "P6", "P8", "PO7", "PO5", "PO3", "POZ",
    "PO4", "PO6", "PO8", "CB1", "O1", "OZ", "O2", "CB2",
)  # fmt: skip
