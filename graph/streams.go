package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"ensemble/auth"
	"ensemble/consultation/moderation"
	"ensemble/consultation/notify"
	"ensemble/ent"
	"ensemble/graph/event"
	"ensemble/graph/relay"
)

// streams is the table of subscriptions: a row for each field of Subscription. A test compares it with the schema.
var streams = map[string]streamRow{
	"processEvents":    {argument: "process", topic: publicTopic("process"), feed: every[event.ProcessEvent]},
	"commitmentEvents": {argument: "commitment", topic: publicTopic("commitment"), feed: every[event.CommitmentEvent]},
	"amendments":       {argument: "commitment", topic: publicTopic("commitment"), feed: every[event.AmendmentEvent]},
	"comments":         {argument: "subject", topic: threadTopic, feed: ofSubject},
	"moderationEvents": {argument: "process", topic: logTopic, feed: every[event.ModerationEvent]},
	"processPulse":     {argument: "process", topic: publicTopic("process"), feed: pulses, pulse: true},

	"notifications":               {topic: ownTopic, feed: every[event.NotificationEvent], personal: true},
	"viewerModerationQueueEvents": {argument: "process", topic: queueTopic, feed: every[event.ModerationQueueEvent], personal: true},
}

// streamRow says what a field of Subscription listens to.
type streamRow struct {
	argument string // whose value is an id that names the topic; empty when it is the person who names it
	personal bool   // the answers are for one person only
	pulse    bool   // pulses are wanted instead of events

	// topic returns the topic that the id names, and the process that it belongs to, or nil. Its errors say why v may
	// not listen to it.
	topic func(ctx context.Context, r *Resolver, v auth.Viewer, id string) (topic string, within *ent.Process, err error)

	// feed makes what the field's resolver reads from.
	feed func(r *Resolver, id string) *Feed
}

// Stream is what a subscription listens to.
type Stream struct {
	Topic     string
	Process   string   // that the topic belongs to, or empty: who listens watches it
	Languages []string // of the official texts of that process
	Personal  bool     // the answers are for the person only who asked
	Pulse     bool     // pulses are wanted instead of events
	After     string   // the client's cursor as it was given; empty when none was

	NewFeed func() *Feed // makes what the subscription's resolver reads from
}

// AtRoot returns a context of the root field of a subscription: the one in which its errors are presented.
func AtRoot(ctx context.Context, op *graphql.OperationContext) context.Context {
	root := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0]
	return graphql.WithFieldContext(graphql.WithOperationContext(ctx, op), &graphql.FieldContext{Object: "Subscription", Field: root})
}

// StreamOf returns what the subscription of ctx, which AtRoot made, listens to. Its errors, for Errors.Present, say why
// the caller in ctx may not, or which argument cannot be read.
func (r *Resolver) StreamOf(ctx context.Context) (Stream, error) {
	field := graphql.GetFieldContext(ctx).Field
	row := streams[field.Name]
	args := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)

	id, err := argument(ctx, args, row.argument, relay.UnmarshalID)
	if err != nil {
		return Stream{}, err
	}
	after, err := argument(ctx, args, "after", relay.UnmarshalString)
	if err != nil {
		return Stream{}, err
	}

	topic, within, err := row.topic(ctx, r, auth.Caller(ctx), value(id))
	if err != nil {
		return Stream{}, graphql.AddFieldLocationToError(ctx, err)
	}

	s := Stream{Topic: topic, Personal: row.personal, Pulse: row.pulse, After: position(after)}
	if within != nil {
		s.Process, s.Languages = within.ID, within.Languages
	}
	s.NewFeed = func() *Feed { return row.feed(r, value(id)) }
	return s, nil
}

// argument reads an argument of a root field as a scalar does; it returns nil when it is absent or null. The path of an
// error goes on to the argument, as that of the executor's.
func argument(ctx context.Context, args map[string]any, name string, read func(any) (string, error)) (*string, error) {
	given := args[name]
	if given == nil {
		return nil, nil
	}

	s, err := read(given)
	return &s, graphql.ErrorOnPath(graphql.WithPathContext(ctx, graphql.NewPathWithField(name)), err)
}

// publicTopic lets everybody listen to what they may see of a kind of node. The argument has the name of the kind.
func publicTopic(kind string) func(context.Context, *Resolver, auth.Viewer, string) (string, *ent.Process, error) {
	return func(ctx context.Context, r *Resolver, _ auth.Viewer, id string) (string, *ent.Process, error) {
		within, err := r.Consultation.ProcessOf(ctx, kind, ofKind(id, kind))
		return id, within, err
	}
}

// threadTopic is the topic of which the events of a thread are a part.
func threadTopic(ctx context.Context, r *Resolver, _ auth.Viewer, subject string) (string, *ent.Process, error) {
	return r.Consultation.TopicOf(ctx, "subject", ofKind(subject, "commitment", "amendment"))
}

// logTopic is the public log of moderation of a process.
func logTopic(ctx context.Context, r *Resolver, _ auth.Viewer, process string) (string, *ent.Process, error) {
	topic := moderation.ModerationLogTopic(ofKind(process, "process"))
	within, err := r.Consultation.ProcessOf(ctx, "process", topic)
	return topic, within, err
}

// queueTopic tells the moderators of a process that their queue changed.
func queueTopic(ctx context.Context, r *Resolver, v auth.Viewer, process string) (string, *ent.Process, error) {
	return r.Consultation.QueueTopicOf(ctx, v, ofKind(process, "process"))
}

// ownTopic tells people of their notifications.
func ownTopic(_ context.Context, _ *Resolver, v auth.Viewer, _ string) (string, *ent.Process, error) {
	topic, err := notify.MayHearNotifications(v)
	return topic, nil, err
}
