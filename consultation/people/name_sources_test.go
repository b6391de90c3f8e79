package people_test

import (
	"fmt"
	"strings"
	"testing"

	"ensemble/consultation/input"
	"ensemble/consultation/organizations"
	"ensemble/consultation/people"
	"ensemble/consultation/refusal"
	"ensemble/consultation/text/clean"
	"ensemble/ent/role"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// impostors are names that nobody may have, whichever way they come. The world of the test has verified organizations
// “Hub du Sud” and “Voix accessibles”, an administrator “Élise Martin”, @claire, people who administer, moderate and steer
// a process, and the process “La Grande Carte, engagements 2027”.
var impostors = map[string][]string{
	"a role": {
		"Administrateur", "ADMINISTRATRICE", "Administrateur ✓", "Admin", "Modérateur 🏅", "Adm1n1strator", "A d m i n",
		"Admin du site", "Administrateur Ensemble", "Jean, modérateur", "🅰🅳🅼🅸🅽", "Admin 42", "Ad\u200bmin", "Ａｄｍｉｎ",
		"EnsembleAdmin", "siteadmin", "superadmin", "adminjean", "admin42", "@dmin", "Adm!n", "Adm|n", "Modo",
		"Super-administration du site", "ᴀᴅᴍɪɴ", "ᴀᴅᴍɪɴɪsᴛʀᴀᴛᴇᴜʀ",
		"Adm¡n", "Adm¦n", "₳dmin", "Modera+or", "Mme Admin", "Dr Support",
	},
	"what erased people are called": {
		"Deleted account", "deleted ACCOUNT", "Deleted  account ✔", "De1eted account", "Deleted-account", "Compte supprimé",
		"Compte\u00a0supprimé ☑", "Compte supprimé 2", "Compte utilisateur supprimé", "Utilisateur effacé",
		"Utilisateur anonyme", "Deleted user", "ᴅᴇʟᴇᴛᴇᴅ ᴀᴄᴄᴏᴜɴᴛ", "Personne supprimée", "Tout le monde",
		"Deleted accounts", "Deleted account (old)", "Membre supprimé", "Usager supprimé", "Compte désactivé",
		"Ancien membre effacé", "Disabled user", "Utilisateurs supprimés", "deletedaccounts",
	},
	"the site and its team": {
		"Ensemble", "Ensemble ✅", "L’équipe", "L’équipe du site", "Équipe Ensemble", "The Ensemble team", "Support Ensemble",
		"Site officiel", "Ens\u00e9mble", "Team 🚀", "EquipeEnsemble", "SupportTeam", "teamensemble", "$upport", "Ensembl€",
		"L’équipe de la consultation", "Service consultation", "Équipe Ensemble France", "Service client Ensemble",
		"Page officielle", "Support technique de la plateforme", "ꜱᴜᴘᴘᴏʀᴛ",
		"Propriétaire du site", "Gestionnaire du site", "Site owner", "siteowner", "Responsable Ensemble", "Gérante du site",
		"Direction Ensemble", "Ensemble France", "Animateur du site", "Webmestre du site", "$ite team", "£e $upport",
		"Ensemßle",
	},
	"a verified organization": {
		"Hub du Sud", "hub du sud", "Hub du Sud ✓", "✔ Hub du Sud ☑", "Hub du Sud 🏅", "HUB-DU-SUD", "Húb du Sud", "Hub du 5ud",
		"Hub du Sud (officiel)", "Hub du Sud ⓥ", "Hub du Sud™", "Compte officiel Hub du Sud", "Hub du Sud (compte vérifié)",
		"Le Hub du Sud", "Sud, le hub", "Hub du Sud レ", "Le vrai Hub du Sud", "Hub Sud", "ʜᴜʙ ᴅᴜ sᴜᴅ", "The real Hub du Sud",
	},
	"an administrator": {
		"Élise Martin", "elise martin", "Elise Martin ✓", "Élise  Martin", "E1ise Martin", "Élise-Martin", "Élise Martin ✅",
		"Elise Martin (officiel)", "Élise M@rtin", "Martin Élise", "Élise Martin, compte vérifié", "ᴇʟɪsᴇ ᴍᴀʀᴛɪɴ",
		"M. Élise Martin", "Élise Martin Jr", "Mme Martin Élise", "Dr. Elise Martin", "Pr Élise Martin, senior", "m-elise-martin", "Claire ✓", "cla1re", "claire_",
	},
	"the site's name among other words": {
		"France Numérique Ensemble", "Ensemble HQ", "Ensemble.fr", "Ensemble.org", "Ensemble – notifications",
		"Assistance Ensemble", "SAV Ensemble", "Secrétariat Ensemble", "Dev Ensemble", "Ensemble pour Nîmes", "ensemble_hq",
	},
	"of the site": {
		"Gestion du site", "Opérateur du site", "Fondateur du site", "Éditeur du site", "L'animation du site", "Adm. du site",
		"Secrétariat de la plateforme", "Jean du Site", "Head of the platform", "Chef de notre portail", "Leiter der Plattform",
		"مدير الموقع",
	},
	"a function": {
		"Helpdesk", "Assistance", "AutoMod", "Modbot", "Organisateur", "Équipe d'animation", "no-reply", "noreply", "Helpdesk 2",
		"Forum", "Mod", "Ne pas répondre", "Secrétariat", "Модератор", "М0дератор", "МОДЕРАТОР", "Администратор", "Moderador",
		"Moderatorin", "管理者", "网站管理员", "Amministratore", "Beheerder", "المشرف",
	},
	"the state of an account": {
		"Compte suspendu", "Compte fermé", "Compte bloqué", "Closed account", "Suspended account", "Verified account",
		"Compte vérifié", "Jean Dupont ☑ vérifié", "Jean ✓", "✔ Jean", "Jean ✅", "Jean Dupont (compte certifié)",
	},
	"another account of a body": {
		"Équipe Hub du Sud", "Service presse du Hub du Sud", "Hub du Sud FR", "Voix accessibles SAS", "Voix-accessibles.fr",
		"voix_accessible", "Voix accessible", "Hub du Sud II", "Hub du Sud, SARL",
	},
	"another account of an administrator": {
		"Élise Martin (équipe)", "Élise Martin team", "Élise Martin bis", "Élise Martin II", "Élise Martin.fr", "claire-fr",
	},
	"who administers, moderates or steers a process": {
		"Yann Le Goffic", "yann le goffic", "Yann Le Goffic II", "yann_lg", "Solène Kerboul", "Étienne Marchal", "Marchal Etienne",
	},
	"a published process": {
		"La Grande Carte", "La Grande Carte, engagements 2027", "Équipe La Grande Carte", "La grande carte de France",
		"la-grande-carte", "lagrandecarte",
	},
	"letters that mislead": {
		"\u0410lice", "Al\u0456ce", "Jean\u202eenaej", "\u200b", "\u2060\u2800", "✓", "… — …", "Z\u0335\u0336\u0337algo",
		"e\u0301\u0302\u0303\u0304 Dupont",
	},
}

// withImpostors runs a test for each of the names that nobody may have.
func withImpostors(t *testing.T, test func(t *testing.T, w *scene.World, name string)) {
	t.Helper()
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.Write.User.UpdateOneID(w.Admin.ID).SetName("Élise Martin").SetNickname("claire").Exec(t.Context()))
		w.NewOrganization(t, "Voix accessibles", true)
		for p, called := range map[*testsite.Person][2]string{
			w.Steering: {"Étienne Marchal", "etienne-m"}, w.Moderator: {"Solène Kerboul", "solene-k"},
			w.Bob: {"Yann Le Goffic", "yann-lg"},
		} {
			testsite.Must(t, w.Write.User.UpdateOneID(p.ID).SetName(called[0]).SetNickname(called[1]).
				SetNicknameLook(clean.Skeleton(called[1])).Exec(t.Context()))
		}
		testsite.Must(t, w.Write.Role.Create().SetID(w.NewID("role")).SetUserID(w.Bob.ID).SetProcessID(w.Process.ID).
			SetName(role.NameADMIN).SetCreatedAt(w.Now()).Exec(t.Context()))
		testsite.Must(t, w.Write.Process.UpdateOneID(w.Process.ID).
			SetTitle(input.Texts{"fr": "La Grande Carte, engagements 2027"}).Exec(t.Context()))
		for _, names := range impostors {
			for _, name := range names {
				test(t, w, name)
			}
		}
	})
}

// refusedName says whether an error is the refusal of a name.
func refusedName(err error) bool {
	code := refusal.CodeOf(err)
	return code == refusal.BadUserInput || code == refusal.Conflict
}

// Nobody gets a name of an impostor by asking for it, as a name or, where it can be one, as a nickname.
func TestImpostorsAreRefused(t *testing.T) {
	withImpostors(t, func(t *testing.T, w *scene.World, name string) {
		in := scene.NewAccount()
		in.Name = name
		if err := scene.Only(w.SignUp(t.Context(), in)); !refusedName(err) {
			t.Errorf("%q signs up: %v", name, err)
		}
		change := func(in people.UpdateAccountInput) error {
			return scene.Only(w.UpdateAccount(scene.As(t, w.Alice), in))
		}
		if err := change(people.UpdateAccountInput{Name: &name}); !refusedName(err) {
			t.Errorf("Alice becomes %q: %v", name, err)
		}
		nickname := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		if err := change(people.UpdateAccountInput{Nickname: &nickname}); !refusedName(err) {
			t.Errorf("Alice becomes @%s: %v", nickname, err)
		}
	})
}

// What a provider says is checked in the same way. Whoever comes gets a neutral name, and can change it.
func TestImpostorsFromProviders(t *testing.T) {
	comes := 0
	withImpostors(t, func(t *testing.T, w *scene.World, name string) {
		comes++
		made, err := w.SignInWith(t.Context(), people.Claims{
			Issuer: scene.Untrusted, Subject: fmt.Sprint(comes), Name: name, Nickname: name,
		}, "")
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}

		u := accountOf(t, w, made)
		if u.Name == name || u.Name != *u.Nickname {
			t.Errorf("%q is called %q, @%s", name, u.Name, *u.Nickname)
		}
		for _, given := range []people.NewName{
			{Field: "name", Name: u.Name, Form: people.PersonName, Bearer: u.ID},
			{Field: "nickname", Name: *u.Nickname, Form: people.Nickname, Bearer: u.ID},
		} {
			if _, err := given.Check(t.Context(), w.Read); err != nil {
				t.Errorf("%q is called %q, which is refused: %v", name, given.Name, err)
			}
		}
	})
}

// Each numbered nickname is checked as the first is: what is cut before its number may be refused.
func TestNumberedNicknamesAreChecked(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for i, comes := range []struct{ wish, want string }{
			{"jeanjeanjeanxadminab", "jeanjeanjeanxadminab"},
			{"jeanjeanjeanxadminab", "jeanjeanjea-"},
			{"marie", "marie"}, {"marie", "marie-2"}, {"mar1e", "mar1e-3"}, {"MARIE", "marie-4"},
		} {
			u := comeFrom(t, w, people.Claims{Issuer: scene.Untrusted, Subject: fmt.Sprint(i), Nickname: comes.wish})
			if !strings.HasPrefix(*u.Nickname, comes.want) {
				t.Errorf("%s is called %s, not %s", comes.wish, *u.Nickname, comes.want)
			}
		}
	})
}

// An e-mail address that a provider gives as a name is not shown.
func TestAddressesAreNoNames(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		u := comeFrom(t, w, people.Claims{Issuer: scene.Untrusted, Subject: "a", Name: "jeanne@example.org"})
		if u.Name != "participant" || *u.Nickname != "participant" {
			t.Errorf("called %q, @%s", u.Name, *u.Nickname)
		}
	})
}

// These names are like one of an impostor, and are nobody's: people and organizations may have them.
func TestNamesThatAreNoImpostors(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		for _, name := range []string{
			"Adminah Dupont", "Adélaïde", "L’équipe de Nîmes", "Anne Le Bot", "Hub du Nord", "Hub du Sud-Ouest", "Paul Lecompte",
			"Rosalie Aide", "Lebot", "Lecompte", "Hub du Sud 2", "Nguyễn Thị Ánh", "हिंदी", "שָׁלוֹם", "Marie 🌻", "Élise Martinez",
			"Martin Dupont", "Elise Dubois", "Le Goff", "Sud", "Hub", "Les amis du Hub", "Élise", "Martin", "Vrai Martin Page",
			"E. Martin", "Mme Martin", "Marie Owner", "Downer", "Marie Responsable", "Paul Gérant", "France", "France Aide",
			"Direction du numérique", "Membre", "Usager du RER", "Paul Supprimé", "M. Dupont Jr", "Weiß",
			"Marie Support", "田 中", "Édɔ Ɛkua",
			"Ensemblier", "Modeste", "Adam", "Marie Organ", "Marie Site", "Paul Forum", "Jordi Savall", "Devall", "Jean Dusite",
			"Marie Assistance", "Paul Closed", "Le Comte", "Marie Gestion", "Élise Martins", "Paul Martin bis", "Groupe de Nîmes",
			"Élise Dubois II", "Fr. Élie", "Anne Team", "Hub du Nord SAS", "Feuille", "Route", "Paul Lacarte", "Иван Модестов",
			"پرویز مشرف", "田中 管", "Jean d’Ormesson", "Marie du Sitellec", "Modibo Keïta", "Le Goffic", "Camille Steering",
		} {
			if err := scene.Only(w.UpdateAccount(scene.As(t, w.Alice), people.UpdateAccountInput{Name: &name})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Bodies are called as no person may be. None has the name of a role, or of the team of the site.
func TestNamesOfBodies(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		check := func(name string) error {
			body := people.NewName{Field: "name", Name: name, Form: people.OrganizationName}
			return scene.Only(body.Check(t.Context(), w.Read))
		}
		for _, name := range []string{
			"Syndicat des administrateurs", "Tous ensemble", "Service technique", "Assistance", "Secrétariat", "Forum des usagers",
			"Ensemble pour Nîmes", "Éditeurs de France", "Feuille de route", "Team Nîmes", "Voix de Nîmes SAS", "Comptes certifiés du Sud", "Comité technique",
			"Comité de pilotage", "Sécurité", "La Plateforme", "Équipe technique", "Aide et contact", "Université Paris 8",
			"Les amis du Hub", "Service client de la Ville", "Équipe Nîmes ensemble", "Support technique",
			"Team Tous Ensemble 13 (Marseille)", "Direction du numérique", "La Direction", "Direction technique",
			"Les propriétaires de France", "Ensemble pour Lyon", "Usagers du RER", "Équipe de France", "Équipe junior",
			"Collectif des comptes supprimés", "Hub du Sud junior", "Responsables en santé", "Tous ensemble responsables",
			"Les amis de M. Hulot",
		} {
			if err := check(name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, name := range []string{
			"Administration", "L’administrateur du site", "Équipe de modération", "Équipe Ensemble", "EnsembleTeam",
			"Le site officiel", "The Ensemble team ✓", "$upport Ensemble", "Hub du Sud ✓", "Équipe Ensemble France",
			"Service client Ensemble", "Compte supprimé", "Deleted account", "Support", "Administrateur", "Le Hub du Sud",
			"Propriétaire du site", "Site owner", "Direction Ensemble", "Responsable Ensemble France", "Gestionnaire du site",
			"Deleted accounts", "Deleted account (old)", "Membre supprimé", "Comptes désactivés",
			"Ensemble !", "Plateforme Ensemble", "Ensemble HQ", "Secrétariat du site", "Ensemble.fr", "Équipe Hub du Sud",
			"Hub du Sud SARL", "Comptes vérifiés", "Ma ville ✔", "Gestion de la plateforme",
		} {
			if !refusedName(check(name)) {
				t.Errorf("%s may be a body", name)
			}
		}
	})
}

// A job looks at the names of organizations that an older program wrote. Then nobody gets them.
func TestNamesOfOlderOrganizations(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.Write.Organization.Update().SetLooks("").Exec(t.Context()))
		testsite.Must(t, w.Jobs.Do(t.Context(), "compare names"))
		w.Refused(t, refusal.Conflict, "name", func() error {
			return scene.Only(w.UpdateAccount(scene.As(t, w.Alice), people.UpdateAccountInput{Name: scene.Ptr("Hub du Sud ✓")}))
		})
		w.Idle(t, func() error { return w.Jobs.Do(t.Context(), "compare names") })
	})
}

// People who bear the name of an organization keep it when the organization is verified, as long as they do not change
// it, and nobody else gets it. An organization that is not verified holds no name.
func TestVerifyingANameThatPeopleBear(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		change := func(p *testsite.Person, name string) error {
			return scene.Only(w.UpdateAccount(scene.As(t, p), people.UpdateAccountInput{Name: &name}))
		}
		g := w.NewOrganization(t, "Ville de Nîmes", false)
		testsite.Must(t, change(w.Alice, "Ville de Nîmes"))
		testsite.Must(t, scene.Only(w.VerifyOrganization(scene.As(t, w.Admin),
			organizations.VerifyOrganizationInput{Organization: g.ID, Reason: "Statuts vus."})))

		testsite.Must(t, change(w.Alice, "Ville de Nîmes"))
		for _, name := range []string{"Ville de Nimes", "ville de nîmes ✓"} {
			w.Refused(t, refusal.Conflict, "name", func() error { return change(w.Alice, name) })
			w.Refused(t, refusal.Conflict, "name", func() error { return change(w.Bob, name) })
		}
	})
}

// An administrator whose family name is a word that a badge may have does not reserve the first name.
func TestNameOfAnAdministratorWithASmallWord(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		testsite.Must(t, w.Write.User.UpdateOneID(w.Admin.ID).SetName("Élise Page").Exec(t.Context()))
		change := func(name string) error {
			return scene.Only(w.UpdateAccount(scene.As(t, w.Alice), people.UpdateAccountInput{Name: &name}))
		}
		testsite.Must(t, change("Élise"))
		w.Refused(t, refusal.BadUserInput, "name", func() error { return change("Elise Page ✓") })
	})
}
