"""Operations outside a benchmark run: checking, simulating and captioning data sets, importing checkpoints."""
