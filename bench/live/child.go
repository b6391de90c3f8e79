package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// child is a process of the bench. It ends when its standard input does, so none outlives the runner.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	log string // the file of its standard error
}

// startChild runs a program on the processors named as taskset does; "" is wherever the runner is.
func startChild(ctx context.Context, cpus, log string, env []string, command ...string) (*child, error) {
	if cpus != "" {
		command = append([]string{"taskset", "-c", cpus}, command...)
	}

	c := &child{cmd: exec.CommandContext(ctx, command[0], command[1:]...), log: log}
	c.cmd.Env, c.cmd.SysProcAttr = append(os.Environ(), env...), endWithParent()

	logFile, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = logFile.Close() }()

	c.cmd.Stderr = logFile
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}

	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}

	c.out = bufio.NewReaderSize(out, 1<<20)
	return c, c.cmd.Start()
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// kill ends it at once.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.in.Close()
	_ = c.cmd.Wait() // says that it was killed
}

// hear reads the next line of output.
func (c *child) hear(answer any) error {
	line, err := c.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, answer)
	}
	if err != nil {
		return c.blame(err)
	}
	return nil
}

// tell writes a line of input.
func (c *child) tell(what any) error { return json.NewEncoder(c.in).Encode(what) }

// blame adds the last words of the process to an error.
func (c *child) blame(err error) error {
	words, _ := os.ReadFile(c.log)
	return fmt.Errorf("%s: %w\n%s", c.cmd, err, words[max(0, len(words)-2000):])
}
