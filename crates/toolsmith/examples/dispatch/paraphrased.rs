//! The six families, asked in quite other words than their examples have.

/// A family, and requests of its kind.
pub(crate) const PARAPHRASED: [(&str, [&str; 5]); 6] = [
    (
        "chinese_remainder_theorem",
        [
            "I have fewer than 500 marbles. In rows of 7 there are 3 over, in rows of 11 there is 1 over. How many do I have?",
            "Find x below 2000 with x = 4 mod 13, x = 2 mod 9 and x = 1 mod 5.",
            "Our choir leaves 2 singers standing in groups of 5, 3 in groups of 7 and 4 in groups of 9. How large is it, at most 300?",
            "Which number under 1000 gives remainder 6 when divided by 17 and remainder 8 when divided by 19?",
            "Packed by 12 the eggs leave 5 in hand, packed by 25 they leave 9. There are no more than 600. What is the count?",
        ],
    ),
    (
        "dyck_languages",
        [
            "Which brackets are missing at the end of this: ( [ { }",
            "Balance these brackets by adding what closes them: < ( ) [",
            "I wrote {{[( and forgot to close. What has to follow?",
            "Finish the nesting: [ < > ( {",
            "Append the closing signs so that each opening one has its partner: ((<",
        ],
    ),
    (
        "logical_deduction",
        [
            "Tom, Ann, Lea, Max and Ida ran a race. Ann came before Tom. Lea was last. Max was second. Ida beat Max. Who won?",
            "On a shelf, the red book is left of the blue one, the green one is at the right end, the grey one is right of the blue \
             one, and the black one comes first. Which is third?",
            "Of seven trees, the oak is taller than the fir and the elm is the smallest; the ash is taller than the oak, the yew \
             than the ash, the fir than the lime, the lime than the elm, and the beech is the tallest. Name the third tallest.",
            "Rank by price: mangoes cost less than pears, plums most of all, kiwis less than mangoes, figs least. What is in the middle?",
            "Put the five houses in order: Kim lives right of Lou, Sam at the left end, Pat right of Kim, Joe at the right end.",
        ],
    ),
    (
        "schedule_meeting",
        [
            "When can Mia and Jon talk for an hour? Mia is free 9:00-10:30 and 14:00-16:00, Jon 10:00-12:00 and 15:00-17:30.",
            "Find the first half hour that suits us both: me 08:00 - 08:30, 11:00 - 12:00; you 09:00 - 11:30.",
            "Two calendars, one call of 90 minutes. Hers has gaps 10:00-12:00, 13:00-15:00; mine 11:00-12:30, 13:30-16:00. When?",
            "I need thirty minutes with Lena. Open for me: 13:00 to 14:00, 16:30 to 17:00. For her: 12:00 to 13:30. What is earliest?",
            "Look for a common hour in these free times. Ole: 09:30-11:00, 12:00-13:00. Eva: 08:30-09:30, 10:00-12:30.",
        ],
    ),
    (
        "tracking_shuffled_objects",
        [
            "Five friends hold a card each: Ann ace, Bea king, Cy queen, Don jack, Eli ten. Ann and Cy exchange theirs, then Cy and Eli. \
             Whose is the ace?",
            "Cups in a row hide a coin, a key, a ring, a bean and a die. I exchange the 1st and 3rd, then the 2nd and 3rd. Where is the coin?",
            "Ida has the red hat, Jo the blue, Kai the white. Ida gives hers to Kai for his, then Jo does so with Ida. Who wears blue?",
            "At the start Sue plays goalkeeper, Tim defender, Uma striker. Sue and Uma change places, then Tim and Sue. What is Tim now?",
            "Presents: Al has a ball, Bo a book, Cat a kite, Dee a drum. Al trades with Dee, Dee with Bo. What does Bo have in the end?",
        ],
    ),
    (
        "word_sorting",
        [
            "Put these into dictionary order: zebra, mole, ant, heron",
            "Arrange from A to Z: violet rose aster lily",
            "Here are some names, give them back as a phone book would have them: Olsen Adams Meyer Khan",
            "alphabetise please - tin, brass, copper, iron",
            "Which order would a glossary print these in? lemma proof axiom theorem",
        ],
    ),
];
