//! What is asked and answered: messages, deltas, usage, errors, and `Answerer`, the trait of all who answer.
