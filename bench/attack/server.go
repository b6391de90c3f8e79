package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// server is the program under attack, in a process of its own.
type server struct {
	addr, admin string
	log         string // the file of its output
	cmd         *exec.Cmd
	ended       chan struct{} // closed when the process is over
}

// startTime is how long a server may take until it is ready.
const startTime = time.Minute

// startServer runs the program as an operator would who changes no limit. Compression is on, so that attacks can try
// that, too.
func (b *bench) startServer(ctx context.Context, log string) (*server, error) {
	s := &server{log: log, ended: make(chan struct{})}
	var err error
	if s.addr, err = free(b.addr); err != nil {
		return nil, err
	}
	if s.admin, err = free("127.0.0.1:0"); err != nil {
		return nil, err
	}

	output, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }() // the child has its own

	command := append(b.onServerCores(), b.program, "serve")
	s.cmd = exec.CommandContext(ctx, command[0], command[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = output, output
	s.cmd.SysProcAttr = endWithParent()
	for _, setting := range os.Environ() { // settings of whoever runs the bench are not ours
		if !strings.HasPrefix(setting, "ENSEMBLE_") {
			s.cmd.Env = append(s.cmd.Env, setting)
		}
	}
	s.cmd.Env = append(s.cmd.Env, "ENSEMBLE_ADDR="+s.addr, "ENSEMBLE_ADMIN_ADDR="+s.admin,
		"ENSEMBLE_BASE_URL=http://"+s.addr, "ENSEMBLE_DATABASE_URL="+b.database, "ENSEMBLE_SOCKET_COMPRESSION=on")

	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = s.cmd.Wait(); close(s.ended) }() // what is wrong is in the log

	if err := s.ready(ctx); err != nil {
		s.stop()
		return nil, s.blame(err)
	}
	return s, nil
}

// onServerCores begins a command whose process stays on the server's processors.
func (b *bench) onServerCores() []string {
	if b.cores == 0 {
		return nil
	}
	return []string{"taskset", "-c", fmt.Sprintf("0-%d", b.cores-1)}
}

// moveAside takes this process off the server's processors.
func (b *bench) moveAside(ctx context.Context) error {
	if b.cores == 0 {
		return nil
	}
	rest := strconv.Itoa(b.cores) + "-" + strconv.Itoa(runtime.NumCPU()-1)
	output, err := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", rest, strconv.Itoa(os.Getpid())).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset: %w: %s", err, output)
	}
	return nil
}

// free returns addr with a port that was free a moment ago, where it asks for any.
func free(addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// ready waits until the server can do what it is there for.
func (s *server) ready(ctx context.Context) error {
	for late := time.Now().Add(startTime); time.Now().Before(late); {
		if _, err := get(ctx, "http://"+s.addr+"/readyz"); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return errors.New("the server has ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("the server is not ready")
}

// stop ends the server at once.
func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// blame adds the server's last words to an error.
func (s *server) blame(err error) error {
	words, _ := os.ReadFile(s.log)
	return fmt.Errorf("%w\n%s", err, words[max(0, len(words)-2000):])
}

// refusals returns how often each limit has refused something, as the server counts it.
func (s *server) refusals(ctx context.Context) (map[string]int, error) {
	body, err := get(ctx, "http://"+s.admin+"/metrics")
	if err != nil {
		return nil, err
	}

	counts := map[string]int{}
	for line := range strings.Lines(string(body)) {
		if rest, found := strings.CutPrefix(line, `ensemble_limit_refusals_total{limit="`); found {
			name, count, _ := strings.Cut(strings.TrimSpace(rest), `"} `)
			n, err := strconv.ParseFloat(count, 64)
			if err != nil {
				return nil, fmt.Errorf("metrics: %w", err)
			}
			counts[name] = int(n)
		}
	}
	return counts, nil
}

// tick is the unit of times in /proc/PID/stat: Linux shows 100 a second to programs on every architecture of Go.
const tick = 10 * time.Millisecond

// cpu returns the processor time that the server has used, in itself and in the kernel.
func (s *server) cpu() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // the name before it may hold anything
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/PID/stat is not as proc(5) says: %s", raw)
	}
	user, _ := strconv.Atoi(fields[11])
	kernel, _ := strconv.Atoi(fields[12])
	return time.Duration(user+kernel) * tick, nil
}

// busy returns the time for which the first processors, those of the server, have done anything for anybody.
func busy(cores int) (sum time.Duration, err error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line) // cpuN user nice system idle iowait irq softirq …
		for n := range cores {
			if len(fields) > 7 && fields[0] == "cpu"+strconv.Itoa(n) {
				for _, i := range []int{1, 2, 3, 6, 7} {
					ticks, _ := strconv.Atoi(fields[i])
					sum += time.Duration(ticks) * tick
				}
			}
		}
	}
	return sum, nil
}

// memory returns the memory that the server holds now, and the most that it held since forgetPeak, in megabytes.
func (s *server) memory() (now, peak float64, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "VmRSS:":
			now, err = strconv.ParseFloat(fields[1], 64)
		case fields[0] == "VmHWM:":
			peak, err = strconv.ParseFloat(fields[1], 64)
		}
	}
	return now / 1024, peak / 1024, err
}

// forgetPeak begins to look for the peak of the memory anew.
func (s *server) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0)
}

func get(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()

	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return body, err
}
