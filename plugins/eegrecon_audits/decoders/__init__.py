"""Plain decoders of EEG that audits compare with: spectral features and logistic regression."""
