"""Speed measured beside a floor in the same run: ``python -m bench``. Nothing passes or fails by a figure."""
