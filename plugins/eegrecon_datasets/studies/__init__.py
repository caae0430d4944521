"""Studies of neuralset, which fetches recordings and says what was shown when: their conversion into trials."""
