package clean

import (
	"errors"
	"testing"
	"unicode/utf8"
)

// Name cleans the name of a person, and refuses a word with letters of scripts that look alike.
func TestCleanName(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		err            error
	}{
		// As people write their names.
		{"as it is", "Jeanne d’Arc-Dupont", "Jeanne d’Arc-Dupont", nil},
		{"spaces", "  Jeanne\t Dupont ", "Jeanne Dupont", nil},
		{"all Cyrillic", "Иван Петров", "Иван Петров", nil},
		{"two scripts in two words", "Νίκος Smith", "Νίκος Smith", nil},
		{"Arabic with a mark of direction", "أحمد\u200f", "أحمد", nil},
		{"Persian with a joiner", "علی\u200cرضا", "علی\u200cرضا", nil},
		{"Japanese and Latin", "株式会社ABC", "株式会社ABC", nil},

		// What is made uniform or dropped, so that names do not differ unseen.
		{"accents written apart", "Zoe\u0308", "Zoë", nil},
		{"zero width", "Ad\u200bmin", "Admin", nil},
		{"soft hyphen", "Ad\u00admin", "Admin", nil},
		{"joiner between Latin letters", "Ad\u200dmin", "Admin", nil},
		{"marks of Hebrew and Devanagari", "שָׁלוֹם फ़ैंटा", "שָׁלוֹם फ़ैंटा", nil},
		{"two accents, which no letter has already", "x\u0301\u0323", "x\u0323\u0301", nil},
		{"nothing to see", "\u200b\u2060\u2800", "", nil},
		{"nothing but what is dropped between spaces", "a \u200b b", "a b", nil},

		// Refused: several scripts in one word, signs that turn text around, and what is no UTF-8.
		{"Latin with a Cyrillic letter", "\u0410dmin", "", ErrMixedScripts},
		{"Latin with a Greek letter", "Adm\u03b9n", "", ErrMixedScripts},
		{"Latin with an Armenian letter", "\u0585lga", "", ErrMixedScripts},
		{"Cyrillic with a Greek letter", "Ив\u03b1н", "", ErrMixedScripts},
		{"three accents", "x\u0301\u0302\u0303", "", ErrMarks},
		{"three accents on one that is a letter", "é\u0302\u0303\u0304", "", ErrMarks},
		{"a heap of strokes", "Za\u0335\u0336\u0337\u0338lgo", "", ErrMarks},
		{"a heap of points", "ש\u05b0\u05b1\u05b2\u05b3\u05b4", "", ErrMarks},
		{"turned around", "Jean\u202eenaej", "", ErrControl},
		{"isolated", "Jean\u2066x\u2069", "", ErrControl},
		{"no UTF-8", "Jean\xff", "", ErrInvalidUTF8},
	} {
		got, err := Name(c.in)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// Names that look alike have the same skeleton.
func TestSkeleton(t *testing.T) {
	for in, want := range map[string]string{
		"admin": "admin", "Admin": "admin", "adm1n": "admin", "a_d-m_i_n": "admin", "4dmln": "admin", "adrnin": "admin",
		"Admin ✓": "admin", "☑ admin 🏅": "admin", "🅰🅳🅼🅸🅽": "admin", "🇦🇩🇲🇮🇳": "admin", "a\u0336dmin": "admin", "Ⓐdmin": "admin",
		"car nom": "carnom", "2024": "2o2a", "✓": "",
		"m0derateur": "moderateur", "Modérateur": "moderateur", "jeanne": "jeanne",
	} {
		if got := Skeleton(in); got != want {
			t.Errorf("%q looks like %q, want %q", in, got, want)
		}
	}
}

// Whatever strangers send as a name, a name that was cleaned stays as it is when it is cleaned again.
func FuzzCleanName(f *testing.F) {
	for _, s := range []string{
		"", "Jeanne", "\u0410dmin", "a\u200db", "علی\u200cرضا", "\u202e", "e\u0301", " \u200b ",
	} {
		f.Add(s)
	}

	f.Fuzz(func(t *testing.T, s string) {
		cleaned, err := Name(s)
		if err != nil {
			return
		}

		if again, err := Name(cleaned); again != cleaned || err != nil || !utf8.ValidString(cleaned) {
			t.Errorf("%q becomes %q, then %q, %v", s, cleaned, again, err)
		}
	})
}

// Small capitals and turned letters look like the letters that they are made of. All small capitals of Unicode are known.
func TestSkeletonOfPhoneticLetters(t *testing.T) {
	for in, want := range map[string]string{
		"ᴀᴅᴍɪɴ": "admin", "ᴀᴅᴍɪɴɪsᴛʀᴀᴛᴇᴜʀ": "administrateur", "ᴅᴇʟᴇᴛᴇᴅ ᴀᴄᴄᴏᴜɴᴛ": "deleted account", "ʜᴜʙ ᴅᴜ sᴜᴅ": "hub du sud",
		"ᴍᴏᴅéʀᴀᴛᴇᴜʀ": "moderateur", "ꜱᴜᴘᴘᴏʀᴛ": "support", "ɐpɯᴉu": "apmiu", "ǝquipe": "equipe", "éꞯᴜɪᴘᴇ": "equipe",
	} {
		if Skeleton(in) != Skeleton(want) {
			t.Errorf("%s looks like %s, want %s", in, Skeleton(in), Skeleton(want))
		}
	}
	for i, r := range []rune("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡyᴢ") {
		if want := Skeleton(string(append([]rune("abcdefghijklmnopqrstuvw"), 'y', 'z')[i])); Skeleton(string(r)) != want {
			t.Errorf("%c looks like %s, want %s", r, Skeleton(string(r)), want)
		}
	}
}
