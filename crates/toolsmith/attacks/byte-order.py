# Begins with marks of byte order and turns the order of letters around. | code raised served
﻿‮def extract(text):
    return {}
