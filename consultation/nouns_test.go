package consultation_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"ensemble/consultation"
	"ensemble/ent/territory"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// A new kind of node can be found, searched, listened to, archived and erased by nothing more than being registered.
func TestNounIsWhatItRegisters(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		consultation.RegisterBadges(w.Service, c.ID)
		p := w.As(testsite.Got(w.SignUp(t.Context(), scene.NewAccount()))(t))
		id := w.NewID("badge")
		badge := testsite.Got(w.Write.Territory.Create().SetID(id).SetKind(territory.KindREGION).SetCode(p.ID).
			SetName("Zealous gardener").SetSearchName("zealous gardener").SetPath(id + "/").Save(t.Context()))(t)

		found := testsite.Got(w.PublicNodes(t.Context(), "badge", []string{id, w.NewID("badge"), c.ID}))(t)
		if len(found) != 1 || found[0].NodeID() != id {
			t.Errorf("found %v", found)
		}
		if found := testsite.Got(w.PublicNodes(t.Context(), "medal", []string{id}))(t); len(found) != 0 {
			t.Errorf("found %v of a kind that nobody registered", found)
		}
		topic, process, err := w.TopicOf(t.Context(), "subject", id)
		if err != nil || topic != c.ID || process.ID != w.Process.ID {
			t.Errorf("it is told on %s of %v, %v", topic, process, err)
		}

		testsite.Must(t, consultation.IndexNow(t.Context(), w.Service, badge))
		w.Finds(t, "gardener", scene.Anywhere, id)
		w.ForgetIndex(t)
		testsite.Must(t, w.FillSearch(t.Context()))
		w.Finds(t, "gardener", scene.Anywhere, id)

		var b bytes.Buffer
		testsite.Must(t, w.ExportAccount(scene.As(t, p), &b))
		archive := testsite.Got(zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())))(t)
		file := testsite.Got(archive.Open("badges.json"))(t)
		if said := string(testsite.Got(io.ReadAll(file))(t)); !strings.Contains(said, `"name": "Zealous gardener"`) {
			t.Errorf("the archive says %s", said)
		}

		testsite.Got(w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{
			Password: scene.Ptr(scene.Password),
		}))(t)
		if found := testsite.Got(w.PublicNodes(t.Context(), "badge", []string{id}))(t); len(found) != 0 {
			t.Errorf("%v stayed", found)
		}
		w.Finds(t, "gardener", scene.Anywhere)
	})
}
