"""What became of it all: sums that reconcile."""
