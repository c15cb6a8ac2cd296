"""Does reality agree with the document?"""
