"""Matrix factorisation on the core: users and items as vectors, learnt from some cells of their table."""
