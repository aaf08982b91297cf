# Is no Python at all. | code
%PDF-1.7 ÿþ <html> ; DROP TABLE tools;
