"""The figures in ``assignments/``: one file of drawings for each module of the course.

    python -m figures            draws them all anew
    python -m figures 01 04      those of some modules

Each public function of ``figures/NAME.py`` draws one figure of the module called NAME, which goes to
``assignments/NN_NAME/figures/FUNCTION.svg``. The same script gives the same bytes.
"""
