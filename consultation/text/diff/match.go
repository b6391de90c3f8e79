package diff

import (
	"context"
	"slices"
)

// Matching has, for each piece of an old text, the index of the same piece in the new one, or None. Matches never
// cross: both texts are read in the same order.
type Matching []int

const None = -1

// match finds the longest sequence of pieces, by key, that both texts have in common.
func match(ctx context.Context, old, new []Piece) Matching {
	m := slices.Repeat(Matching{None}, len(old))

	start := 0
	for start < min(len(old), len(new)) && old[start].Key == new[start].Key {
		m[start] = start
		start++
	}

	end := 0
	for end < min(len(old), len(new))-start && old[len(old)-1-end].Key == new[len(new)-1-end].Key {
		end++
		m[len(old)-end] = len(new) - end
	}

	// Only what is between the equal ends has to be searched.
	v := make(vocabulary)
	for i, j := range longest(ctx, v.numbers(old[start:len(old)-end]), v.numbers(new[start:len(new)-end])) {
		if j != None {
			m[start+i] = start + j
		}
	}
	return m
}

// vocabulary gives each key a number, the same for the same key: numbers compare faster.
type vocabulary map[string]int

func (v vocabulary) number(key string) int {
	n, ok := v[key]
	if !ok {
		n = len(v)
		v[key] = n
	}
	return n
}

func (v vocabulary) numbers(pieces []Piece) []int {
	list := make([]int, len(pieces))
	for i, p := range pieces {
		list[i] = v.number(p.Key)
	}
	return list
}

// Stretch is a part of two texts, [Old, OldEnd) and [New, NewEnd), which either match piece by piece or not at all.
type Stretch struct {
	matched                  bool
	Old, OldEnd, New, NewEnd int
}

// stretches cuts two texts, the new one of size pieces, into the parts that m matches and those between, in order.
func (m Matching) stretches(size int) []Stretch {
	var all []Stretch
	i, j := 0, 0

	add := func(matched bool, iEnd, jEnd int) {
		if iEnd > i || jEnd > j {
			all = append(all, Stretch{matched, i, iEnd, j, jEnd})
		}
		i, j = iEnd, jEnd
	}

	for i < len(m) {
		end := i
		if m[i] == j {
			for end < len(m) && m[end] == j+end-i {
				end++
			}
			add(true, end, j+end-i)
			continue
		}

		for end < len(m) && m[end] == None {
			end++
		}
		if end == len(m) {
			break
		}
		add(false, end, m[end])
	}

	add(false, len(m), size)
	return all
}
