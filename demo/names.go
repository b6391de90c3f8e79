package demo

// The crowd's people have every first name with every last name. None of the pairs is in the sample.
var (
	firstNames = []string{
		"Adèle", "Bastien", "Claire", "Damien", "Estelle", "Farid", "Geneviève", "Hugo", "Iris", "Jérôme",
		"Khadija", "Laurent", "Maëlle", "Nicolas", "Ophélie", "Pascal", "Rosalie", "Stéphane", "Tiphaine", "Victor",
	}
	lastNames = []string{
		"Arnaud", "Bourdin", "Cordier", "Delaunay", "Etcheverry", "Fontanel", "Guérin", "Huet", "Lagarde", "Monteil",
	}
)
