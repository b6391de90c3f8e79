package mail

import (
	"bytes"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// must ends the test when err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must2 returns the value of a call that must succeed: must2(f())(t).
func must2[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// readerOf reads the text of a mail, without its encoding.
func readerOf(m *mail.Message) io.Reader {
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		return quotedprintable.NewReader(m.Body)
	}
	return m.Body
}

// A mail becomes a file with its id as name. A mail that is sent twice is one file, and no id leaves the folder.
func TestFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mails")
	s, err := Open("file:"+path, sender)
	must(t, err)
	must(t, s.Send(t.Context(), hello()))
	must(t, s.Send(t.Context(), hello())) // the same mail once more

	raw, err := os.ReadFile(filepath.Join(path, "mail_01.eml"))
	must(t, err)
	arrivedWhole(t, string(raw))

	for _, id := range []string{"", "..", "../x", "a/b"} {
		m := hello()
		m.ID = id
		if err := s.Send(t.Context(), m); err == nil && id != ".." {
			t.Errorf("%q names a file", id)
		}
	}

	files, err := os.ReadDir(path)
	must(t, err)
	for _, file := range files {
		if file.Name() != "mail_01.eml" && file.Name() != "...eml" {
			t.Errorf("it leaves %s", file.Name())
		}
	}
}

// The log has the address and the text of a mail.
func TestLog(t *testing.T) {
	var lines bytes.Buffer
	must(t, Log{slog.New(slog.NewTextHandler(&lines, nil))}.Send(t.Context(), hello()))
	if !strings.Contains(lines.String(), "jeanne@example.org") || !strings.Contains(lines.String(), "Bonjour") {
		t.Errorf("%s", &lines)
	}
}
