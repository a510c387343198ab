"""What an answer is made of: the records that bear a number, who vouches for them, the words, the signature."""
