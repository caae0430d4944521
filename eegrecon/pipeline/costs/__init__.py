"""What a graph will cost: how long stages alike took before, and how long they take together on some workers."""
