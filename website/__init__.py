"""The website: what stands in ``assignments`` and ``docs``, for a browser. House only."""
