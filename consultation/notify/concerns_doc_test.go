package notify_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"ensemble/ent/notification"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

var update = flag.Bool("update", false, "write the table of docs/notifications.md anew")

// These say where in the documentation the table is.
const (
	notificationsPage = "../../docs/notifications.md"
	concernsBegin     = "<!-- concerns: go test ./consultation/notify -run TestConcernsAreWrittenDown -update -->\n"
	concernsEnd       = "<!-- end of concerns -->\n"
)

// The table in docs/notifications.md says of each kind when it is told and to whom, and has each kind once.
func TestConcernsAreWrittenDown(t *testing.T) {
	var b strings.Builder
	b.WriteString("| kind | when | who |\n|---|---|---|\n")

	seen := map[notification.Kind]bool{}
	for _, c := range scene.WithoutDatabase().Concerns() {
		if seen[c.Kind] {
			t.Errorf("%s is there twice", c.Kind)
		}
		seen[c.Kind] = true

		var on []string
		for _, e := range c.On {
			on = append(on, string(e))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Kind, strings.Join(on, ", "), c.Who)

		if notification.KindValidator(c.Kind) != nil {
			t.Errorf("%s is no kind", c.Kind)
		}
	}

	testsite.WrittenDown(t, notificationsPage, concernsBegin, concernsEnd, b.String(), *update)
}
