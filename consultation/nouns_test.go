package consultation_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/ent/territory"
)

// A kind of node is found, searched, listened to, archived and erased for no more than being registered.
func TestNounIsWhatItRegisters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		consultation.RegisterBadges(w.Service, c.ID)
		p := w.As(got(w.SignUp(t.Context(), newAccount()))(t))
		id := w.NewID("badge")
		badge := got(w.Write.Territory.Create().SetID(id).SetKind(territory.KindREGION).SetCode(p.ID).
			SetName("Zealous gardener").SetSearchName("zealous gardener").SetPath(id + "/").Save(t.Context()))(t)

		if found := got(w.PublicNodes(t.Context(), "badge", []string{id, w.NewID("badge"), c.ID}))(t); len(found) != 1 || found[0].NodeID() != id {
			t.Errorf("found %v", found)
		}
		if found := got(w.PublicNodes(t.Context(), "medal", []string{id}))(t); len(found) != 0 {
			t.Errorf("found %v of a kind that nobody registered", found)
		}
		if topic, process, err := w.TopicOf(t.Context(), "subject", id); err != nil || topic != c.ID || process.ID != w.Process.ID {
			t.Errorf("it is told on %s of %v, %v", topic, process, err)
		}

		must(t, consultation.IndexNow(t.Context(), w.Service, badge))
		w.finds(t, "gardener", anywhere, id)
		w.forgetIndex(t)
		must(t, w.FillSearch(t.Context()))
		w.finds(t, "gardener", anywhere, id)

		var b bytes.Buffer
		must(t, w.ExportAccount(as(t, p), &b))
		archive := got(zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())))(t)
		file := got(archive.Open("badges.json"))(t)
		if said := string(got(io.ReadAll(file))(t)); !strings.Contains(said, `"name": "Zealous gardener"`) {
			t.Errorf("the archive says %s", said)
		}

		got(w.EraseAccount(as(t, p), consultation.EraseAccountInput{Password: ptr(password)}))(t)
		if found := got(w.PublicNodes(t.Context(), "badge", []string{id}))(t); len(found) != 0 {
			t.Errorf("%v stayed", found)
		}
		w.finds(t, "gardener", anywhere)
	})
}
