"""
Findings about what would be sent, before anything is: one file for each noun.

All of it is pure: any text, any file and any link gives findings, never an
exception.
What blocks is certain to be wrong; what a person may have meant only warns.
Rendering everybody is `operations.check_campaign`.
"""
