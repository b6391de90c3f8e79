package notify

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"ensemble/consultation/change"
	"ensemble/consultation/input"
	"ensemble/consultation/message"
	"ensemble/ent"
	"ensemble/ent/notification"
)

// Told is what a notification says. It is made from what everybody can see now, not when the notification was written.
type Told struct {
	Kind   notification.Kind
	Count  int
	Actors []string // ids of who did it, the newest first, each once; three at most

	says   Concern
	actor  string // name of the first of Actors; "" when there is none, or their account is erased
	title  Title
	status message.Said
	adds   []message.Said // what is said after the sentence
}

// Title is a title in its languages. If none of them suits the reader, the first is used.
type Title struct {
	Texts     input.Texts
	Languages []string
}

const maxActors = 3

// Text returns what the notification says, in the first of the reader's languages that the site speaks.
func (t *Told) Text(reader []language.Tag) string {
	title, _ := input.InLanguage(t.title.Texts, t.title.Languages, nil, reader)
	actor := t.actor
	if actor == "" {
		actor = message.Say(reader, "Somebody")
	}

	status := ""
	if t.status.Message != "" {
		status = message.Say(reader, t.status.Message, t.status.Args...)
	}

	text := t.says.sentence(reader, t.Count, actor, title, status)
	for _, more := range t.adds {
		text += " " + message.Say(reader, more.Message, more.Args...)
	}
	return text
}

// Sentence returns what notifications of a kind say of count things, in the first of the reader's languages that the
// site speaks.
func (s *Notify) Sentence(
	reader []language.Tag, kind notification.Kind, count int, actor, title, status string,
) string {
	return s.concernFor(kind).sentence(reader, count, actor, title, status)
}

// concernFor returns the first row of the table that is of a kind; one that says nothing, when nobody registered the
// kind.
func (s *Notify) concernFor(kind notification.Kind) Concern {
	i := slices.IndexFunc(s.attention.concerns, func(c Concern) bool { return c.Kind == kind })
	if i < 0 {
		return Concern{}
	}
	return s.attention.concerns[i]
}

// sentence returns what the row says, in its untitled form when there is no title.
func (c Concern) sentence(reader []language.Tag, count int, actor, title, status string) string {
	sentence := c.Says
	if title == "" && c.Untitled.Message != "" {
		sentence = c.Untitled
	}
	return message.Say(reader, sentence.Message, count, actor, title, status)
}

// DescribeWith registers a function that describes what notifications are about, before those that are there. A part is
// put together after the parts that it uses: its function adds ids of their nodes, and their functions, which come
// later, find these.
func (s *Notify) DescribeWith(describe func(ctx context.Context, w *Surroundings) error) {
	s.attention.describers = slices.Insert(s.attention.describers, 0, describe)
}

// Surroundings is what notifications are about, as everybody can see it. Each describer takes the ids of its kinds of
// node, and answers what there is to say of each.
type Surroundings struct {
	Rows []*ent.Notification // of which the texts are wanted

	ids    change.ByKind
	about  map[string]bool   // what the rows are about
	items  map[string]bool   // of the rows
	by     map[string]string // who did it
	on     map[string]string // the node whose title is said of it
	titles map[string]Title
	within map[string]string // the node whose languages a title has
	names  map[string]string
	status map[string]message.Said
	adds   map[string][]message.Said // by the id of the notification
}

// surroundingsOf returns the Surroundings of notifications, with the ids of their subjects and items to be read.
func surroundingsOf(rows []*ent.Notification) *Surroundings {
	w := &Surroundings{
		Rows: rows, ids: change.ByKind{},
		about: map[string]bool{}, items: map[string]bool{}, by: map[string]string{}, on: map[string]string{},
		titles: map[string]Title{}, within: map[string]string{}, names: map[string]string{},
		status: map[string]message.Said{}, adds: map[string][]message.Said{},
	}

	for _, n := range rows {
		w.about[n.SubjectID] = true
		for _, item := range n.Items {
			w.items[item] = true
		}
		w.Read(n.SubjectID)
		w.Read(n.Items...)
	}
	return w
}

// IDs returns the ids of the nodes of a kind that are to be read.
func (w *Surroundings) IDs(kind string) []string { return w.ids[kind] }

// Read asks later describers to read these nodes, too.
func (w *Surroundings) Read(ids ...string) { w.ids.Add(ids...) }

// Did says that everybody can see what was done, an item, and who did it. An item for which no describer says that is
// not counted. The person who did it is read as well.
func (w *Surroundings) Did(id, by string) {
	w.by[id] = by
	if w.items[id] {
		w.Read(by)
	}
}

// On says that the node id has no title of its own, and that the title of the node other is said instead. other is
// read, too, if a notification is about id.
func (w *Surroundings) On(id, other string) {
	w.on[id] = other
	if w.about[id] {
		w.Read(other)
	}
}

// Titled says the title of a node, and its languages.
func (w *Surroundings) Titled(id string, title input.Texts, languages []string) {
	w.titles[id] = Title{title, languages}
}

// TitledWithin says the title of a node that has the languages of another. A later describer says the title of that
// one, or else id has none either.
func (w *Surroundings) TitledWithin(id string, title input.Texts, other string) {
	w.titles[id], w.within[id] = Title{Texts: title}, other
	w.Read(other)
}

// Named says the name of a person or organization.
func (w *Surroundings) Named(id, name string) { w.names[id] = name }

// Stands gives the status of a node, as a word that sentences may contain.
func (w *Surroundings) Stands(id string, status message.Said) { w.status[id] = status }

// Add says something more in one of the notifications, after its sentence.
func (w *Surroundings) Add(n *ent.Notification, more message.Said) {
	w.adds[n.ID] = append(w.adds[n.ID], more)
}

// Subject returns the id of the node whose title and status a notification says.
func (w *Surroundings) Subject(n *ent.Notification) string {
	if other, there := w.on[n.SubjectID]; there {
		return other
	}
	return n.SubjectID
}

// title returns the title of what a notification is about, or the name of a person or organization; nothing for what is
// about the reader themselves.
func (w *Surroundings) title(n *ent.Notification) Title {
	subject := w.Subject(n)
	title := w.titles[subject]
	if other, borrows := w.within[subject]; borrows {
		title.Languages = w.titles[other].Languages
	}
	if len(title.Languages) > 0 {
		return title
	}

	// A name is the same in all languages.
	if name := w.names[n.SubjectID]; name != "" && n.SubjectID != n.UserID {
		return Title{input.Texts{"und": name}, []string{"und"}}
	}
	return Title{}
}

// Sentences returns what notifications say, by their ids. It needs as many statements for one notification as for a
// page of them.
func (s *Notify) Sentences(ctx context.Context, rows []*ent.Notification) (map[string]*Told, error) {
	w := surroundingsOf(rows)
	for _, describe := range s.attention.describers {
		if err := describe(ctx, w); err != nil {
			return nil, err
		}
	}

	told := make(map[string]*Told, len(rows))
	for _, n := range rows {
		told[n.ID] = s.told(n, w)
	}
	return told, nil
}

// told returns what one notification says, from surroundings that were read.
func (s *Notify) told(n *ent.Notification, w *Surroundings) *Told {
	t := &Told{
		Kind: n.Kind, Count: n.Count,
		says: s.concernFor(n.Kind), title: w.title(n), status: w.status[w.Subject(n)], adds: w.adds[n.ID],
	}

	// Items that cannot be seen any more are not counted.
	for _, item := range n.Items {
		actor, there := w.by[item]
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
	return t
}
