"""Break-glass: sight of a case for minutes, asked by one, approved by another, told to the holder, always reviewed."""
