package consultation

import (
	"context"
	"slices"

	"golang.org/x/text/language"

	"ensemble/ent"
	"ensemble/ent/notification"
)

// Told is what a notification says, from what everybody can see now.
type Told struct {
	Kind   notification.Kind
	Count  int
	Actors []string // ids of who did it, the newest first, each once; three at most
	URL    string   // of what it is about

	says   Concern
	actor  string // name of the first; "" when there is none, or their account is erased
	title  Title
	status said
	adds   []said // what is said after it
}

// Title is a title in its languages, the first of which is the one to fall back on.
type Title struct {
	Texts     Texts
	Languages []string
}

const maxActors = 3

// Text is what it says in the first of the reader's languages that we speak.
func (t *Told) Text(reader []language.Tag) string {
	title, _ := InLanguage(t.title.Texts, t.title.Languages, nil, reader)
	actor := t.actor
	if actor == "" {
		actor = Say(reader, "Somebody")
	}
	status := ""
	if t.status.Message != "" {
		status = Say(reader, t.status.Message, t.status.Args...)
	}

	text := t.says.sentence(reader, t.Count, actor, title, status)
	for _, more := range t.adds {
		text += " " + Say(reader, more.Message, more.Args...)
	}
	return text
}

// Sentence is what notifications of a kind say of so many things, in the first of the reader's languages that we speak.
func (s *Service) Sentence(reader []language.Tag, kind notification.Kind, count int, actor, title, status string) string {
	return s.concernFor(kind).sentence(reader, count, actor, title, status)
}

// concernFor is the row of a kind; one that says nothing, when nobody registered it.
func (s *Service) concernFor(kind notification.Kind) Concern {
	i := slices.IndexFunc(s.attention.concerns, func(c Concern) bool { return c.Kind == kind })
	if i < 0 {
		return Concern{}
	}
	return s.attention.concerns[i]
}

func (c Concern) sentence(reader []language.Tag, count int, actor, title, status string) string {
	sentence := c.Says
	if title == "" && c.Untitled.Message != "" {
		sentence = c.Untitled
	}
	return Say(reader, sentence.Message, count, actor, title, status)
}

// tellWith registers a reader of what notifications are about. It is called before those that are there: what it comes to belongs to
// parts that its own stands on, whose readers find the ids.
func (s *Service) tellWith(read func(ctx context.Context, w *Surroundings) error) {
	s.attention.readers = slices.Insert(s.attention.readers, 0, read)
}

// Surroundings is what notifications are about, as everybody can see it. Readers take the ids of their kinds of node, and answer
// what there is to say of each.
type Surroundings struct {
	Rows []*ent.Notification // what is told

	ids    byKind
	about  map[string]bool   // what the rows are about
	items  map[string]bool   // of the rows
	by     map[string]string // who did it
	on     map[string]string // the node whose title is said of it
	titles map[string]Title
	names  map[string]string
	status map[string]said
	adds   map[string][]said // by the notification
}

func surroundingsOf(rows []*ent.Notification) *Surroundings {
	w := &Surroundings{
		Rows: rows, ids: byKind{}, about: map[string]bool{}, items: map[string]bool{}, by: map[string]string{}, on: map[string]string{},
		titles: map[string]Title{}, names: map[string]string{}, status: map[string]said{}, adds: map[string][]said{},
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

// IDs are the nodes of a kind that there is something to say of.
func (w *Surroundings) IDs(kind string) []string { return w.ids[kind] }

// Read has later readers read nodes, too.
func (w *Surroundings) Read(ids ...string) { w.ids.add(ids...) }

// Did says that everybody can see what was done, and by whom: an item of which nobody says that is not counted. Who did an item
// is read, too.
func (w *Surroundings) Did(id, by string) {
	w.by[id] = by
	if w.items[id] {
		w.Read(by)
	}
}

// On says that a node has no title, and that of another is said. What a notification is about is read with it.
func (w *Surroundings) On(id, other string) {
	w.on[id] = other
	if w.about[id] {
		w.Read(other)
	}
}

// Titled says the title of a node.
func (w *Surroundings) Titled(id string, title Texts, languages []string) {
	w.titles[id] = Title{title, languages}
}

// Named says the name of a person or organization.
func (w *Surroundings) Named(id, name string) { w.names[id] = name }

// Stands says the status of a node, in a word.
func (w *Surroundings) Stands(id string, status said) { w.status[id] = status }

// Add says something more in one of the notifications.
func (w *Surroundings) Add(n *ent.Notification, more said) { w.adds[n.ID] = append(w.adds[n.ID], more) }

// Subject is the node whose title and status a notification says.
func (w *Surroundings) Subject(n *ent.Notification) string {
	if other, there := w.on[n.SubjectID]; there {
		return other
	}
	return n.SubjectID
}

// title is that of what a notification is about: the name of a person or organization; nothing for what is about the reader.
func (w *Surroundings) title(n *ent.Notification) Title {
	if title, there := w.titles[w.Subject(n)]; there {
		return title
	}
	if name := w.names[n.SubjectID]; name != "" && n.SubjectID != n.UserID {
		return Title{Texts{"und": name}, []string{"und"}}
	}
	return Title{}
}

// Tell says what notifications tell, by their ids: as many statements for one as for a page.
func (s *Service) Tell(ctx context.Context, rows []*ent.Notification) (map[string]*Told, error) {
	w := surroundingsOf(rows)
	for _, read := range s.attention.readers {
		if err := read(ctx, w); err != nil {
			return nil, err
		}
	}
	told := make(map[string]*Told, len(rows))
	for _, n := range rows {
		told[n.ID] = s.told(n, w)
	}
	return told, nil
}

func (s *Service) told(n *ent.Notification, w *Surroundings) *Told {
	t := &Told{
		Kind: n.Kind, Count: n.Count, URL: s.URL(n.SubjectID),
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

// URL is where people read about a node.
func (s *Service) URL(id string) string { return s.BaseURL + "/#" + id }
