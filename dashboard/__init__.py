"""What staff see: a blueprint a page group."""
