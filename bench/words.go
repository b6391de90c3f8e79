package main

import "fmt"

// textOf and remarkOf are different for each commitment and comment.
func textOf(i int, more string) string { return fmt.Sprintf("%s\n\nArticle %d. %s", official, i, more) }
func remarkOf(i, n int) string         { return fmt.Sprintf("%s (%d.%d)", remark, i, n) }

// Texts of usual lengths: 950 letters of a commitment, 280 of a comment.
const (
	official = `L’aide au numérique se joue près des gens : à la mairie, à la bibliothèque, au centre social. Pourtant, dans ` +
		`beaucoup de départements, les acteurs ne se connaissent pas. Deux permanences ouvrent le même jour dans la même rue, ` +
		`et la vallée d’à côté n’en a aucune.

Nous nous engageons à ce que **chaque département dispose d’une feuille de route**, écrite avec les communes, les ` +
		`intercommunalités, les associations et les habitants. Elle dit :

- qui fait quoi, et qui anime le réseau ;
- quels besoins ne sont pas couverts ;
- quels moyens sont apportés, et par qui.

L’État apporte un appui méthodologique et une aide financière de départ. Le choix de la structure qui porte la feuille ` +
		`de route revient aux acteurs locaux. Elle est publique, et chacun peut la commenter.`

	officialEN = `Digital help happens close to people: at the town hall, the library, the community centre. Yet in many ` +
		`departments those who provide it do not know each other. Two drop-in sessions open on the same day in the same ` +
		`street, and the next valley has none.

We commit to a roadmap in **every department**, written with municipalities, associations and inhabitants.`

	remark = `C’est **utile**, mais qui tient le lieu le soir ? Chez nous la médiathèque ferme à 18 h, et ceux qui travaillent ` +
		`ne peuvent pas venir. Il faudrait au moins une ouverture le samedi matin.

Voir aussi ce que fait la commune d’à côté : https://example.org/permanences`
)
