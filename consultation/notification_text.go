package consultation

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"ensemble/ent"
	"ensemble/ent/amendment"
	"ensemble/ent/comment"
	"ensemble/ent/commitment"
	"ensemble/ent/notification"
	"ensemble/ent/organization"
	"ensemble/ent/predicate"
	"ensemble/ent/process"
	"ensemble/ent/support"
	"ensemble/ent/user"
	"ensemble/ent/version"
)

// sentences are what notifications say: how many things there are (1), who did the newest (2), the title or name of what it
// is about (3), its status (4). What one of them says of one thing is in singulars.
var sentences = map[notification.Kind]said{
	notification.KindMENTION:              {Message: "You were mentioned %[1]d times in “%[3]s”."},
	notification.KindANSWER:               {Message: "There are %[1]d answers to your comment on “%[3]s”."},
	notification.KindCOMMENT_ON_AMENDMENT: {Message: "There are %[1]d comments on your amendment to “%[3]s”."},

	notification.KindAMENDMENT_ACCEPTED:    {Message: "Your amendment to “%[3]s” was accepted."},
	notification.KindAMENDMENT_REJECTED:    {Message: "Your amendment to “%[3]s” was rejected."},
	notification.KindAMENDMENT_CONFLICTING: {Message: "The text of “%[3]s” now touches the words of your amendment."},
	notification.KindAMENDMENT_PROMOTED:    {Message: "An amendment to “%[3]s” became a commitment of its own."},
	notification.KindAMENDMENT_SUBMITTED:   {Message: "%[1]d amendments to “%[3]s” were submitted."},

	notification.KindCOMMITMENT_REVISED:   {Message: "There are %[1]d new versions of “%[3]s”."},
	notification.KindCOMMITMENT_MOVED_ON:  {Message: "“%[3]s” is %[4]s now."},
	notification.KindCOMMITMENT_ADOPTED:   {Message: "“%[3]s” was adopted."},
	notification.KindCOMMITMENT_WITHDRAWN: {Message: "“%[3]s” was withdrawn."},
	notification.KindCOMMITMENT_PUBLISHED: {Message: "%[1]d commitments were published in “%[3]s”."},

	notification.KindPHASE_OPENED:       {Message: "A phase of “%[3]s” has opened."},
	notification.KindPHASE_CLOSED:       {Message: "A phase of “%[3]s” has closed."},
	notification.KindFOLLOWED_AMENDED:   {Message: "There are %[1]d new amendments by %[3]s."},
	notification.KindFOLLOWED_SUPPORTED: {Message: "There are %[1]d new supports by %[3]s."},

	notification.KindCONTENT_MODERATED: {Message: "A moderator has decided about something that you wrote."},
	notification.KindAPPEAL_DECIDED:    {Message: "Your appeal was decided."},
	notification.KindINVITATION:        {Message: "You are invited to join “%[3]s”."},
	notification.KindROLE:              {Message: "Your role in “%[3]s” has changed."},
}

// roleSomewhere says ROLE of the whole site, or of a process that is not published.
var roleSomewhere = said{Message: "One of your roles on this site has changed."}

// statuses are what a commitment is.
var statuses = map[commitment.Status]said{
	commitment.StatusOPEN:         {Message: "open"},
	commitment.StatusUNDER_REVIEW: {Message: "under review"},
	commitment.StatusADOPTED:      {Message: "adopted"},
	commitment.StatusWITHDRAWN:    {Message: "withdrawn"},
}

// Told is what a notification says, from what everybody can see now.
type Told struct {
	Kind   notification.Kind
	Count  int
	Actors []string // ids of who did it, the newest first, each once; three at most
	URL    string   // of what it is about

	actor     string // name of the first; "" when there is none, or their account is erased
	title     Texts
	languages []string // of the title: the first is the one to fall back on
	status    commitment.Status
	outdated  bool // the reader supports an earlier text
}

const maxActors = 3

// Text is what it says in the first of the reader's languages that we speak.
func (t *Told) Text(reader []language.Tag) string {
	title, _ := InLanguage(t.title, t.languages, nil, reader)
	actor := t.actor
	if actor == "" {
		actor = Say(reader, "Somebody")
	}
	status := ""
	if word, known := statuses[t.status]; known {
		status = Say(reader, word.Message)
	}
	text := Sentence(reader, t.Kind, t.Count, actor, title, status)
	if t.outdated && t.Kind == notification.KindCOMMITMENT_REVISED {
		text += " " + Say(reader, "Your support is on an earlier text: do you confirm it?")
	}
	return text
}

// Sentence is what notifications of a kind say of so many things, in the first of the reader's languages that we speak.
func Sentence(reader []language.Tag, kind notification.Kind, count int, actor, title, status string) string {
	sentence := sentences[kind]
	if kind == notification.KindROLE && title == "" {
		sentence = roleSomewhere
	}
	return Say(reader, sentence.Message, count, actor, title, status)
}

// surroundings is what notifications are about, as everybody can see it, by id.
type surroundings struct {
	comments    map[string]*ent.Comment
	amendments  map[string]*ent.Amendment
	supports    map[string]*ent.Support
	versions    map[string]*ent.Version
	commitments map[string]*ent.Commitment
	processes   map[string]*ent.Process
	names       map[string]string // of people and organizations; "" for an erased account
	outdated    map[string]bool   // "person commitment"
}

// Tell says what notifications tell, by their ids: as many statements for one as for a page.
func (s *Service) Tell(ctx context.Context, rows []*ent.Notification) (map[string]*Told, error) {
	w, err := s.around(ctx, rows)
	if err != nil {
		return nil, err
	}
	told := make(map[string]*Told, len(rows))
	for _, n := range rows {
		told[n.ID] = s.told(n, w)
	}
	return told, nil
}

func (s *Service) told(n *ent.Notification, w *surroundings) *Told {
	t := &Told{Kind: n.Kind, Count: n.Count, URL: s.URL(n.SubjectID)}
	for _, item := range n.Items {
		actor, there := w.actorOf(item)
		if !there {
			t.Count--
			continue
		}
		if len(t.Actors) < maxActors && !slices.Contains(t.Actors, actor) {
			t.Actors = append(t.Actors, actor)
		}
	}
	t.Count = max(t.Count, 1)
	if len(t.Actors) > 0 {
		t.actor = w.names[t.Actors[0]]
	}
	if c := w.commitments[w.commitmentOf(n.SubjectID)]; c != nil {
		t.status, t.outdated = c.Status, w.outdated[n.UserID+" "+c.ID]
		if v, p := w.versions[c.VersionID], w.processes[c.ProcessID]; v != nil && p != nil {
			t.title, t.languages = v.Title, p.Languages
		}
		return t
	}
	if p := w.processes[n.SubjectID]; p != nil {
		t.title, t.languages = p.Title, p.Languages
		return t
	}
	if n.SubjectID != n.UserID {
		t.title, t.languages = Texts{"und": w.names[n.SubjectID]}, []string{"und"}
	}
	return t
}

// URL is where people read about a node.
func (s *Service) URL(id string) string { return s.BaseURL + "/#" + id }

// actorOf is who an item is by; false when it cannot be seen any more.
func (w *surroundings) actorOf(item string) (id string, there bool) {
	switch kind, _ := KindOf(item); kind {
	case "comment":
		m := w.comments[item]
		if m == nil || IsRemoved(m) {
			return "", false
		}
		return commenter(m), true
	case "amendment":
		if a := w.amendments[item]; a != nil {
			return amender(a), true
		}
	case "support":
		if g := w.supports[item]; g != nil {
			return Supporter(g), true
		}
	case "version":
		if v := w.versions[item]; v != nil {
			return Face(v.AuthorID, v.OrganizationID), true
		}
	}
	return "", false
}

// commitmentOf is the commitment that something is, or is on; "" for what is on none.
func (w *surroundings) commitmentOf(id string) string {
	switch kind, _ := KindOf(id); kind {
	case "commitment":
		return id
	case "comment":
		if m := w.comments[id]; m != nil {
			return m.Topic
		}
	case "amendment":
		if a := w.amendments[id]; a != nil {
			return a.CommitmentID
		}
	}
	return ""
}

// around reads what notifications are about: each table once.
func (s *Service) around(ctx context.Context, rows []*ent.Notification) (*surroundings, error) {
	w := &surroundings{names: map[string]string{}, outdated: map[string]bool{}}
	ids := byKind{}
	for _, n := range rows {
		ids.add(n.SubjectID)
		ids.add(n.Items...)
	}
	var err error
	w.comments, err = found(ctx, err, s.Read.Comment.Query().Where(onPublicSubject, comment.IDIn(ids["comment"]...)).All, ids["comment"])
	w.amendments, err = found(ctx, err, s.PublicAmendments().Where(amendment.IDIn(ids["amendment"]...)).All, ids["amendment"])
	w.supports, err = found(ctx, err, s.Read.Support.Query().Where(support.IDIn(ids["support"]...)).All, ids["support"])
	if err != nil {
		return nil, err
	}
	for _, n := range rows {
		ids.add(w.commitmentOf(n.SubjectID))
	}
	w.commitments, err = found(ctx, err, s.PublicCommitments().Where(commitment.IDIn(ids["commitment"]...)).All, ids["commitment"])
	for _, c := range w.commitments {
		ids.add(c.ProcessID, c.VersionID)
	}
	w.versions, err = found(ctx, err, s.Read.Version.Query().Where(version.IDIn(ids["version"]...)).All, ids["version"])
	w.processes, err = found(ctx, err, s.PublicProcesses().Where(process.IDIn(ids["process"]...)).All, ids["process"])
	if err != nil {
		return nil, err
	}
	return w, s.nameActors(ctx, rows, ids, w)
}

// nameActors reads the names of those who act, and which readers support an earlier text.
func (s *Service) nameActors(ctx context.Context, rows []*ent.Notification, ids byKind, w *surroundings) error {
	var revised []predicate.Support
	for _, n := range rows {
		for _, item := range n.Items {
			if actor, there := w.actorOf(item); there {
				ids.add(actor)
			}
		}
		if c := w.commitments[n.SubjectID]; c != nil && n.Kind == notification.KindCOMMITMENT_REVISED {
			revised = append(revised, support.And(support.UserID(n.UserID), support.CommitmentID(c.ID), support.VersionIDNEQ(c.VersionID)))
		}
	}
	people, err := found(ctx, nil, s.People().Where(user.IDIn(ids["user"]...)).All, ids["user"])
	organizations, err := found(ctx, err, s.Read.Organization.Query().Where(organization.IDIn(ids["organization"]...)).All, ids["organization"])
	if err != nil {
		return err
	}
	for id, u := range people {
		if u.ErasedAt == nil {
			w.names[id] = u.Name
		}
	}
	for id, g := range organizations {
		w.names[id] = g.Name
	}
	if len(revised) == 0 {
		return nil
	}
	given, err := s.Read.Support.Query().Where(support.Or(revised...)).All(ctx)
	for _, g := range given {
		w.outdated[*g.UserID+" "+g.CommitmentID] = true
	}
	return err
}

// byKind are ids by the kind of node they name.
type byKind map[string][]string

func (b byKind) add(ids ...string) {
	for _, id := range ids {
		if kind, ok := KindOf(id); ok && !slices.Contains(b[kind], id) {
			b[kind] = append(b[kind], id)
		}
	}
}

// found reads rows by their ids, unless there are none, or something failed before.
func found[T node](ctx context.Context, before error, all func(context.Context) ([]T, error), ids []string) (map[string]T, error) {
	if before != nil || len(ids) == 0 {
		return nil, before
	}
	rows, err := all(ctx)
	byID := make(map[string]T, len(rows))
	for _, row := range rows {
		byID[row.NodeID()] = row
	}
	return byID, err
}
