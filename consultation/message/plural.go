package message

import (
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"
)

// Singulars are what messages say when their first argument is 1, in English and in French. The key is the message for
// more, in English.
var Singulars = map[string]struct{ English, French string }{
	"You were mentioned %[1]d times in “%[3]s”.":             {"%[2]s mentioned you in “%[3]s”.", "%[2]s vous a mentionné dans « %[3]s »."},
	"There are %[1]d answers to your comment on “%[3]s”.":    {"%[2]s answered your comment on “%[3]s”.", "%[2]s a répondu à votre commentaire sur « %[3]s »."},
	"There are %[1]d comments on your amendment to “%[3]s”.": {"%[2]s commented on your amendment to “%[3]s”.", "%[2]s a commenté votre amendement à « %[3]s »."},
	"%[1]d amendments to “%[3]s” were submitted.":            {"%[2]s submitted an amendment to “%[3]s”.", "%[2]s a déposé un amendement à « %[3]s »."},
	"There are %[1]d new versions of “%[3]s”.":               {"There is a new version of “%[3]s”.", "Il y a une nouvelle version de « %[3]s »."},
	"%[1]d commitments were published in “%[3]s”.":           {"A commitment was published in “%[3]s”.", "Un engagement a été publié dans « %[3]s »."},
	"There are %[1]d new amendments by %[3]s.":               {"%[3]s submitted an amendment.", "%[3]s a déposé un amendement."},
	"There are %[1]d new supports by %[3]s.":                 {"%[3]s supports a commitment.", "%[3]s soutient un engagement."},
	"%d news about what you follow": {"News about what you follow",
		"Du nouveau dans ce que vous suivez"},
	"And %d more.": {"And one more.", "Et une autre."},
}

// setPlurals adds the Singulars to the catalogue. French uses the singular for zero, too.
func setPlurals(b *catalog.Builder) error {
	for key, one := range Singulars {
		english := plural.Selectf(1, "%d", plural.One, one.English, plural.Other, key)
		if err := b.Set(language.English, key, english); err != nil {
			return err
		}

		french := plural.Selectf(1, "%d", plural.One, one.French, plural.Other, French[key])
		if err := b.Set(language.French, key, french); err != nil {
			return err
		}
	}
	return nil
}
