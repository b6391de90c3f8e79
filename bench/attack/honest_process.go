package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// honestProcess is somebody honest in a process of their own, so that they do not wait for those who attack in this
// one.
type honestProcess struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// honestPeople is how many people write in turns: each every ten seconds, so that they stay within the pace of comments
// even when they wait. The others take part in attacks.
const honestPeople = 50

// startHonest begins to read and write, until stop.
func startHonest(ctx context.Context, addr string, w *world) (*honestProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &honestProcess{cmd: exec.CommandContext(ctx, program, honestRole)}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)

	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, json.NewEncoder(p.in).Encode(habits{
		Addr: addr, Page: w.page, Watched: w.watched(), People: w.People[:honestPeople],
	})
}

// calmTime is how long somebody honest is alone with the server before the first attack, after as long to warm up.
const calmTime = 10 * time.Second

// alone returns what is usual: figures to compare with. First caches fill and connections open.
func (p *honestProcess) alone(ctx context.Context) (usual *samples, err error) {
	for range 2 {
		if err := sleep(ctx, calmTime); err != nil {
			return nil, err
		}
		if usual, err = p.next(); err != nil {
			return nil, err
		}
	}
	return usual, nil
}

// next begins another phase and returns the one before, when all that began in it is over.
func (p *honestProcess) next() (*samples, error) {
	last := &samples{}
	err := json.NewEncoder(p.in).Encode(true)
	if err == nil {
		err = p.out.Decode(last)
	}
	if err != nil {
		return nil, fmt.Errorf("somebody honest: %w", err)
	}
	return last, nil
}

func (p *honestProcess) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait() // it wrote what went wrong
}
