package clean

import (
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
)

// latin replaces letters of other scripts, and rare ones, by the Latin letters that they look like. Case counts: a
// large Greek Ν looks like an N, a small one like a v. A letter that looks like no Latin letter stays. Source: Unicode
// Technical Standard 39 §4.
func latin(s string) string {
	if isASCII(s) {
		return s
	}

	var b strings.Builder
	for _, r := range decomposed(s) {
		if isAccent(r) {
			continue
		}
		r = unboxed(r)
		seen := phonetic.Replace(string(r))
		if r > unicode.MaxASCII && !isLatin(seen) {
			seen = phonetic.Replace(confusable.GetReplacement(r))
		}
		if !isLatin(seen) {
			seen = string(r)
		}

		b.WriteString(seen)
	}
	return b.String()
}

// unboxed returns the letter in a sign that Unicode does not take apart: white letters on black circles and squares, and
// those that make flags. It returns other signs as they are.
func unboxed(r rune) rune {
	for _, first := range []rune{'\U0001F150', '\U0001F170', '\U0001F1E6'} {
		if first <= r && r < first+26 {
			return 'a' + r - first
		}
	}
	return r
}

// phonetic replaces small capitals, turned letters and others that phoneticians write by what they look like. The
// standard does so for few of them, and draws small Cyrillic and Greek letters by some. Source: the charts of Unicode for
// IPA Extensions, Phonetic Extensions and Latin Extended-D. What looks like no letter is not here (“ʔ”, “ɸ”).
var phonetic = lookingLike(map[string]string{
	"a": "ᴀɐɑɒʌᴧ", "ae": "ᴁᴂ", "ao": "ꜵ", "aa": "ꜳ", "au": "ꜷ", "av": "ꜹꜻ", "ay": "ꜽ", "b": "ᴃᴯʙɓᵬ", "c": "ᴄɔɕʗↄᴐᴒ",
	"d": "ᴅᴆɖɗᵭ", "dz": "ʣʤʥ", "e": "ᴇᴈɘəɚɛɜɝɞʚǝⱻ", "f": "ꜰꟻɟᵮ", "g": "ɠɡɢʛᵷᵹ", "h": "ʜɥɦɧʮʯ", "i": "ɪꟾɨɩᴉᵎᵻᵼ",
	"j": "ᴊʄʝ", "k": "ᴋʞĸ", "l": "ʟᴌɫɬɭꞁ", "iz": "ɮʫ", "is": "ʪ", "m": "ᴍɯɰɱᴟᵯʍꟺꟽꟿ", "n": "ɴᴎᴻᴨɲɳᵰ", "o": "ᴏᴑᴓɵʘɷ",
	"oe": "ɶᴔ", "oo": "ꝏ", "ou": "ᴕ", "p": "ᴘꟼᴩᵱᵽ", "q": "ꞯʠ", "r": "ʀʁᴙᴚᴦɹɺɻɼɽɾɿᵲᵳꭆ", "s": "ꜱʂʃʅʆᵴ", "t": "ᴛʇʈᵵ",
	"tc": "ʨ", "th": "ᵺ", "ts": "ʦʧ", "tz": "ꜩ", "u": "ᴜᴝᴞʉʊᵾᵿ", "ue": "ᵫ", "v": "ᴠʋ", "w": "ᴡʬ", "y": "ʏʎɣɤ",
	"z": "ᴢᴣʐʑʒʓᵶ",
})

// lookingLike makes a Replacer of letters, by what they look like.
func lookingLike(letters map[string]string) *strings.Replacer {
	var pairs []string
	for looks, some := range letters {
		for _, r := range some {
			pairs = append(pairs, string(r), looks)
		}
	}
	return strings.NewReplacer(pairs...)
}

// isLatin reports whether s consists of letters of ASCII, at least one.
func isLatin(s string) bool {
	other := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) }
	return s != "" && !strings.ContainsFunc(s, other)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
