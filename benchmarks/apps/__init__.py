"""What the pages cost: many visitors on one server, and how soon a page stands."""
