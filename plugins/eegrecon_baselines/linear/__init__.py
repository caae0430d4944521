"""What linear readers share: views of the EEG, spatial filters, the discriminant, and the trials that choose."""
