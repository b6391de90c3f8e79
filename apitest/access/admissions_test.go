package access_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ensemble/apitest/story"
	"ensemble/consultation/moderation"
	"ensemble/graph/generated"
	"ensemble/internal/testsite"
	"ensemble/live"
)

// watchable is what there is to watch of each subscription, with the topic of its events: something public, and what is
// not. An empty topic stands for a pulse, "me" for whoever asks.
var watchable = []struct{ field, of, topic string }{
	{"amendmentEvents", "commitment", "commitment"},
	{"amendmentEvents", "draft commitment", "draft commitment"},
	{"commentEvents", "commitment", "commitment"},
	{"commentEvents", "mergeable amendment", "commitment"},
	{"commentEvents", "draft commitment", "draft commitment"},
	{"commentEvents", "draft amendment", "commitment"},
	{"commentEvents", "hidden amendment", "moderated commitment"},
	{"commentEvents", "held amendment", "moderated commitment"},
	{"commitmentEvents", "commitment", "commitment"},
	{"commitmentEvents", "withdrawn commitment", "withdrawn commitment"},
	{"commitmentEvents", "draft commitment", "draft commitment"},
	{"moderationEvents", "moderated process", "log of the moderated process"},
	{"moderationEvents", "draft process", "log of the draft process"},
	{"notificationEvents", "", "me"},
	{"notificationEvents", "with a cursor of alice's", "alice"},
	{"processEvents", "process", "process"},
	{"processEvents", "draft process", "draft process"},
	{"processPulse", "process", ""},
	{"processPulse", "draft process", ""},
	{"viewerModerationQueueEvents", "moderated process", "queue of the moderated process"},
	{"viewerModerationQueueEvents", "process", "queue of the process"},
	{"viewerModerationQueueEvents", "draft process", "queue of the draft process"},
}

// logs are topics whose events somebody may want to read as a page.
var logs = []string{
	"commitment", "process", "log of the moderated process",
	"draft commitment", "draft process", "log of the draft process", "queue of the moderated process", "alice",
}

// admissionsLegend heads the table of admissions. Its verb is for the letters of errors.
const admissionsLegend = `# Who may watch what: each subscription, and the query events, of something public and of what is not, as each kind of caller.
#
#   +  admitted
#   %s
#
`

// callTopics names the topics that have no node's id.
func callTopics(st *story.Story) {
	for _, process := range []string{"process", "moderated process", "draft process"} {
		st.Call("log of the "+process, moderation.ModerationLogTopic(st.Names[process]))
		st.Call("queue of the "+process, moderation.ModerationQueueTopic(st.Names[process]))
	}
}

// admission subscribes as me and returns "+" if that is admitted, or the letter of an error. It subscribes after a
// cursor that fits no history, so that whoever is admitted is answered at once, with a Reset.
func admission(t *testing.T, st *story.Story, k *testsite.Socket, id, field, of, topic, me string) string {
	t.Helper()
	at, args := st.Names[topic], []string{}
	if topic == "me" {
		at = st.Cast[me].ID
	}

	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for _, a := range schema.Subscription.Fields.ForName(field).Arguments {
		switch {
		case a.Name != "after":
			args = append(args, fmt.Sprintf("%s: %q", a.Name, st.Names[of]))
		default:
			args = append(args, fmt.Sprintf("after: %q", live.Cursor{Topic: at, Seq: 1 << 40, Nonce: 1}.String()))
		}
	}
	k.Subscribe(t, id, "subscription { "+field+"("+strings.Join(args, ", ")+") { __typename } }", nil)

	for {
		f := k.Take(t)
		switch {
		case f.ID != id: // of an earlier subscription
		case f.Type == "next":
			if e := k.Send(testsite.Frame{ID: id, Type: "complete"}); e != nil {
				t.Fatal(e)
			}
			return "+"
		default:
			var errs []testsite.Error
			if err := json.Unmarshal(f.Payload, &errs); err != nil || len(errs) == 0 {
				t.Fatalf("%s of %s: %s %s", field, of, f.Type, f.Payload)
			}
			return codeLetter(fmt.Sprint(errs[0].Extensions["code"]))
		}
	}
}

// Who is admitted to which subscription and to which log is as the golden table says.
func TestAdmissionsOfEachCaller(t *testing.T) {
	story.Each(t, func(t *testing.T, st *story.Story) {
		gather(t, st)
		callTopics(st)

		lines := make([]string, len(watchable)+len(logs))
		asked := map[string]bool{}
		for _, c := range callers {
			k := testsite.Dial(t, st.Site, st.Cast[c.name].Token)
			for i, w := range watchable {
				asked[w.field] = true
				lines[i] += admission(t, st, k, fmt.Sprint(i), w.field, w.of, w.topic, c.name)
			}
			for i, log := range logs {
				a := st.Send(t, "query($id: ID!) { events(topic: $id) { endCursor } }",
					map[string]any{"id": st.Names[log]}, st.Bearer(c.name)...)
				letter := "+"
				if len(a.Errors) > 0 {
					letter = codeLetter(a.Code())
				}
				lines[len(watchable)+i] += letter
			}
			k.Kill()
		}

		for _, f := range generated.NewExecutableSchema(generated.Config{}).Schema().Subscription.Fields {
			if !asked[f.Name] {
				t.Errorf("nobody watches %s", f.Name)
			}
		}

		var table strings.Builder
		fmt.Fprintf(&table, admissionsLegend, codeLegend)
		table.WriteString(legend() + "\n")
		for i, w := range watchable {
			fmt.Fprintf(&table, "%s  %s\n", lines[i], strings.TrimSuffix(w.field+", "+w.of, ", "))
		}
		for i, log := range logs {
			fmt.Fprintf(&table, "%s  events, %s\n", lines[len(watchable)+i], log)
		}
		comparePermissions(t, "subscriptions", table.String())
	})
}
