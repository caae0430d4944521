"""Facts of the published data set: where it is, the names of its files and channels, and the sizes of its parts."""

from __future__ import annotations

SOURCE = "fetch it from https://osf.io/3jk45 (Gifford et al., NeuroImage 2022), or write it with their preprocessing"
FORMS = {  # names of a subject's files by form: training, test
    "npy": ("preprocessed_eeg_training.npy", "preprocessed_eeg_test.npy"),  # eeyhsong/NICE-EEG, preprocessing_utils.py
    "pt": ("train.pt", "test.pt"),  # HaitaoWuTJU/Uncertainty-aware-Blur-Prior, preprocess/process_eeg_whiten.py
    "flat": ("preprocessed_eeg_training_flat.npy", "preprocessed_eeg_test_flat.npy"),  # ENIGMA
}
PARTITIONS = ("training", "test")
EEG_FOLDERS = ("", "Preprocessed_data_250Hz", "Preprocessed_data_250Hz_whiten", "Preprocessed_data_250Hz_no_whiten",
               "Preprocessed_data", "preprocessed_eeg")  # fmt: skip
PICTURE_FOLDERS = ("", "images", "Image_set", "Image_set_Resize")
PICTURES_OF = {"training": ("training_images", "train_images"), "test": ("test_images",)}
FURTHER = "concept_images"  # other pictures of the test concepts, in folders named as theirs
NUMBERED = ("stimuli", "images")  # folder of the numbered pictures of Alljoined-1.6M
ENDINGS = (".jpg", ".jpeg", ".png")
PARTITION_NAMES = {"training": ("stim_train", "train", "training"), "test": ("stim_test", "test")}  # of tables
SIZES = {"training": (16540, 4), "test": (200, 80)}  # pictures and repeats of each; 1654 and 200 concepts
SFREQ = 250.0  # Hz
SAMPLES = 250
CHANNELS = (  # the order of the published preprocessing (eeyhsong/NICE-EEG, preprocessing_utils.py)
    "Fp1", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "F2", "F4", "F6", "F8", "FT9", "FT7",
    "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "FT10", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6",
    "T8", "TP9", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "TP10", "P7", "P5", "P3", "P1", "Pz",
    "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2",
)  # fmt: skip
UBP_17 = (  # HaitaoWuTJU/Uncertainty-aware-Blur-Prior, configs/eeg/baseline.yaml
    "P7", "P5", "P3", "P1", "Pz", "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2",
)  # fmt: skip
