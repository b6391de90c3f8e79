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
	"amendmentEvents":  {argument: "commitment", topic: publicTopic("commitment"), feed: every[event.AmendmentEvent]},
	"commentEvents":    {argument: "subject", topic: threadTopic, feed: ofSubject},
	"moderationEvents": {argument: "process", topic: logTopic, feed: every[event.ModerationEvent]},
	"processPulse":     {argument: "process", topic: publicTopic("process"), feed: pulses, pulse: true},

	"notificationEvents": {topic: ownTopic, feed: every[event.NotificationEvent], personal: true},
	"viewerModerationQueueEvents": {
		argument: "process", topic: queueTopic, feed: every[event.ModerationQueueEvent], personal: true,
	},
}

// streamRow says what a field of Subscription listens to, and what it makes of it.
type streamRow struct {
	argument string // the argument that names the topic by an id; empty when the topic is the caller's own
	personal bool   // the answers are for one person only
	pulse    bool   // pulses are wanted instead of events

	// topic returns the topic that the id names, and the process that it belongs to; nil when it belongs to none. Its
	// errors say why v may not listen to it.
	topic func(
		ctx context.Context, r *Resolver, v auth.Viewer, id string,
	) (topic string, within *ent.Process, err error)

	// feed makes what the field's resolver reads from.
	feed func(r *Resolver, id string) *Feed
}

// Stream is what a subscription listens to.
type Stream struct {
	Topic     string
	Process   string   // the process that the topic belongs to, whose watcher the subscriber is; empty for none
	Languages []string // of the official texts of that process
	Personal  bool     // the answers are only for the person who asked
	Pulse     bool     // pulses are wanted instead of events
	After     string   // the client's cursor; empty when it gave none

	NewFeed func() *Feed // makes what the subscription's resolver reads from
}

// AtRoot returns a context at the root field of a subscription, in which its errors are presented.
func AtRoot(ctx context.Context, op *graphql.OperationContext) context.Context {
	root := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0]
	return graphql.WithFieldContext(graphql.WithOperationContext(ctx, op),
		&graphql.FieldContext{Object: "Subscription", Field: root})
}

// StreamOf returns what a subscription listens to. ctx comes from AtRoot. The errors are for Errors.Present: they say
// why the caller in ctx may not listen, or which argument cannot be read.
func (r *Resolver) StreamOf(ctx context.Context) (Stream, error) {
	field := graphql.GetFieldContext(ctx).Field
	row := streams[field.Name]
	args := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)

	// The arguments are read as the executor would read them, with the same errors at the same paths.
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

// argument reads an argument of a root field with its scalar's function. It returns nil when the argument is absent or
// null. The path of an error leads to the argument, as in errors of the executor.
func argument(ctx context.Context, args map[string]any, name string, read func(any) (string, error)) (*string, error) {
	given := args[name]
	if given == nil {
		return nil, nil
	}

	s, err := read(given)
	return &s, graphql.ErrorOnPath(graphql.WithPathContext(ctx, graphql.NewPathWithField(name)), err)
}

// publicTopic returns the topic function for nodes of a kind: everybody may listen to what everybody may see. The
// argument is named after the kind.
func publicTopic(kind string) func(context.Context, *Resolver, auth.Viewer, string) (string, *ent.Process, error) {
	return func(ctx context.Context, r *Resolver, _ auth.Viewer, id string) (string, *ent.Process, error) {
		within, err := r.Consultation.ProcessOf(ctx, kind, ofKind(id, kind))
		return id, within, err
	}
}

// threadTopic returns the topic of a commitment or amendment, in which its comments are announced.
func threadTopic(ctx context.Context, r *Resolver, _ auth.Viewer, subject string) (string, *ent.Process, error) {
	return r.Consultation.TopicOf(ctx, "subject", ofKind(subject, "commitment", "amendment"))
}

// logTopic returns the topic of a process's public log of moderation.
func logTopic(ctx context.Context, r *Resolver, _ auth.Viewer, process string) (string, *ent.Process, error) {
	topic := moderation.ModerationLogTopic(ofKind(process, "process"))
	within, err := r.Consultation.ProcessOf(ctx, "process", topic)
	return topic, within, err
}

// queueTopic returns the topic that announces changes of a process's queue to its moderators.
func queueTopic(ctx context.Context, r *Resolver, v auth.Viewer, process string) (string, *ent.Process, error) {
	return r.Consultation.QueueTopicOf(ctx, v, ofKind(process, "process"))
}

// ownTopic returns the topic of v's own notifications.
func ownTopic(_ context.Context, _ *Resolver, v auth.Viewer, _ string) (string, *ent.Process, error) {
	topic, err := notify.MayHearNotifications(v)
	return topic, nil, err
}
