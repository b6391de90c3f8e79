package text

import "slices"

// matching tells for each piece of an old text which piece of the new one it is, or none. Matches never cross: both
// texts are read in the same order.
type matching []int

const none = -1

// match finds the longest sequence of pieces, by key, that both texts have in common.
func match(old, new []piece) matching {
	m := slices.Repeat(matching{none}, len(old))
	start := 0
	for start < min(len(old), len(new)) && old[start].key == new[start].key {
		m[start] = start
		start++
	}
	end := 0
	for end < min(len(old), len(new))-start && old[len(old)-1-end].key == new[len(new)-1-end].key {
		end++
		m[len(old)-end] = len(new) - end
	}
	v := make(vocabulary)
	for i, j := range longest(v.numbers(old[start:len(old)-end]), v.numbers(new[start:len(new)-end])) {
		if j != none {
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

func (v vocabulary) numbers(pieces []piece) []int {
	list := make([]int, len(pieces))
	for i, p := range pieces {
		list[i] = v.number(p.key)
	}
	return list
}

// stretch is a part of two texts, [old, oldEnd) and [new, newEnd), which either match piece by piece or not at all.
type stretch struct {
	matched                  bool
	old, oldEnd, new, newEnd int
}

// stretches cuts two texts, the new one of size pieces, into what m matches and what stands between, in order.
func (m matching) stretches(size int) []stretch {
	var all []stretch
	i, j := 0, 0
	add := func(matched bool, iEnd, jEnd int) {
		if iEnd > i || jEnd > j {
			all = append(all, stretch{matched, i, iEnd, j, jEnd})
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
		for end < len(m) && m[end] == none {
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
