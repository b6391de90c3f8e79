package notify_test

import (
	"context"
	"testing"
	"time"

	"ensemble/internal/testsite/scene"
	"ensemble/live"
)

// A job tells people by itself, as soon as there is something to tell.
func TestJobTells(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)

		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		told := make(chan string, 100)
		w.Publisher = scene.PublisherFunc(func(ctx context.Context, events ...live.Event) {
			w.Told.Publish(ctx, events...)
			for _, e := range events {
				told <- e.Topic
			}
		})

		go func() {
			defer close(ended)
			w.Service.Jobs.Run(ctx)
		}()

		w.Comment(t, w.Alice, c.ID, "@bob")

		for {
			select {
			case who := <-told:
				if who != w.Bob.ID {
					continue
				}
			case <-time.After(30 * time.Second):
				t.Error("nobody is told")
			}
			break
		}

		stop()
		<-ended
		w.WantsInbox(t, w.Bob, "MENTION×1*")
	})
}
