package diff

import "slices"

// bag is the words of a paragraph, ordered by number, and their letters in all.
type bag struct {
	words   []weighed
	letters int
}

// weighed is a word and its letters. Millions are compared: small numbers are read faster.
type weighed struct{ number, letters int32 }

func newBag(paragraph Piece, v vocabulary) bag {
	var b bag
	for _, w := range Words(paragraph.Key) {
		if letters := w.Letters(); letters > 0 {
			b.words = append(b.words, weighed{int32(v.number(w.Key)), int32(letters)}) // #nosec G115 -- of one text
			b.letters += letters
		}
	}
	return b.sorted()
}

func (b bag) sorted() bag {
	slices.SortFunc(b.words, func(x, y weighed) int { return int(x.number - y.number) })
	return b
}

// windows has, under 1, 2 and 3, the bags of that many paragraphs in a row; under 0 they are empty.
type windows [4][]bag

func newWindows(paragraphs []Piece, v vocabulary) windows {
	var w windows
	w[0] = make([]bag, len(paragraphs)+1)
	for _, p := range paragraphs {
		w[1] = append(w[1], newBag(p, v))
	}

	for n := 2; n < len(w); n++ {
		for i := range len(paragraphs) - n + 1 {
			w[n] = append(w[n], w[n-1][i].plus(w[1][i+n-1]))
		}
	}
	return w
}

// words returns how many words there are.
func (w windows) words() int {
	n := 0
	for _, b := range w[1] {
		n += len(b.words)
	}
	return n
}

// at returns the bag of n paragraphs from i.
func (w windows) at(i, n int) bag { return w[n][i] }

// plus returns a bag of the words of both.
func (b bag) plus(other bag) bag {
	return bag{slices.Concat(b.words, other.words), b.letters + other.letters}.sorted()
}

// likeness returns which part of the letters of both bags, from 0 to 1, is in words that both have. It returns 0 if the
// part cannot reach least; often that can be seen from the sizes, without a look at the words.
func (b bag) likeness(other bag, least float32) float32 {
	all := float32(max(b.letters+other.letters, 1))
	if 2*float32(min(b.letters, other.letters))/all < least {
		return 0
	}
	return 2 * float32(b.common(other)) / all
}

// common returns how many letters are in words that both bags have.
func (b bag) common(other bag) int {
	letters := int32(0)
	for i, j := 0, 0; i < len(b.words) && j < len(other.words); {
		x, y := b.words[i], other.words[j]
		if x.number == y.number {
			letters += x.letters
		}
		if x.number <= y.number {
			i++
		}
		if x.number >= y.number {
			j++
		}
	}
	return int(letters)
}
