"""Reports: tables, tests, figures and the page, from the store. The figure `plane` trains once more."""
