"""How results are shown: the result, its folder, tables, their renderers, the terminal and pictures."""
