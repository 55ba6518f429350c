"""The one design of all HTML pages: templates, styles, and the geometry of charts.

    rendering     templates to text, escaping always on
    axes          numbers and moments to places on paper, and how they are written beside them
    timeline, forecast, load  what each chart draws, as values
    changes       changes in groups, with limits, what differs between before and after, what depends on what

A page is one file: it loads nothing and runs no script. Charts are values of this package, drawn by the templates.
"""
