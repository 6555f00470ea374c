package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// contestant is a program at a workload. It takes turns with others.
type contestant interface {
	// turn measures once: steps, or velocities at each batch size.
	turn(ctx context.Context) ([]measurement, error)
	close()
}

// commands run anew for each turn, some of them at once.
type commands struct {
	o        options
	p        program
	w        workload
	together int // processes at once
}

// turn runs the command for each batch size, or for the training step.
func (c commands) turn(ctx context.Context) ([]measurement, error) {
	var all []measurement
	for i, steps := range c.w.steps {
		args := []string{"bench", "train", "--estimator", c.w.estimator}
		if c.w.estimator == velocityOnly {
			args = []string{"bench", "sample", "--batch", fmt.Sprint(c.w.batches[i])}
		}
		if kinds[c.w.preset].classes {
			args = append(args, "--classes")
		}
		args = append(args, "--json", "--preset", c.w.preset, "--steps", fmt.Sprint(steps*c.together))
		m, err := c.run(ctx, append(args, c.p.args...))
		if err != nil {
			return nil, err
		}
		m.Program, m.Estimator = c.p.name, c.w.estimator
		all = append(all, m)
	}
	return all, nil
}

// run runs the command, so many times at once, and returns the mean of the times.
func (c commands) run(ctx context.Context, args []string) (measurement, error) {
	type result struct {
		measurement
		error
	}
	results := make(chan result)
	for range c.together {
		go func() {
			out, _, err := c.o.run(ctx, c.p.path, args, "", c.p.env)
			var m measurement
			if err == nil {
				m, err = parseBench(out)
			}
			results <- result{m, err}
		}()
	}
	var mean measurement
	var failed error
	for i := range c.together {
		r := <-results
		failed = errors.Join(failed, r.error)
		step, velocity := mean.Step+r.Step, mean.Velocity+r.Velocity
		if i == 0 {
			mean = r.measurement
		}
		mean.Step, mean.Velocity = step, velocity
	}
	mean.Step, mean.Velocity = mean.Step/float64(c.together), mean.Velocity/float64(c.together)
	return mean, failed
}

func (commands) close() {}

// session is a reference program that has compiled and waits for its turns.
type session struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // of its standard output
	wrong *bytes.Buffer
	each  int // lines a turn
	limit time.Duration
	stop  context.CancelFunc
}

// open starts a reference program, and waits until it is ready.
func (o options) open(ctx context.Context, p program, w workload) (contestant, error) {
	if p.script == "" {
		return commands{o, p, w, max(1, p.together)}, nil
	}
	args := append([]string{p.script, w.preset, "--turns", "--threads", fmt.Sprint(o.threads), "--steps",
		texts(w.steps)}, p.args...)
	if w.estimator == velocityOnly {
		args = append(args, "--velocities", texts(w.batches))
	} else {
		args = append(args, "--estimator", w.estimator)
	}
	ctx, stop := context.WithCancel(ctx)
	s := &session{name: p.name, wrong: &bytes.Buffer{}, each: len(w.steps), limit: o.timeout, stop: stop,
		lines: make(chan string)}
	s.cmd = o.command(ctx, p.path, args, p.env)
	s.cmd.Stderr = s.wrong
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(s.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case s.lines <- lines.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		line, err := s.line(ctx, o.setup)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("before the first turn: %w", err)
		}
		if line == "ready" {
			return s, nil
		}
	}
}

// line is the next of the standard output.
func (s *session) line(ctx context.Context, limit time.Duration) (string, error) {
	select {
	case line, ok := <-s.lines:
		if !ok {
			s.cmd.Wait() // so that all of its messages are there
			return "", fmt.Errorf("%s ended: %.300s", s.name, lastLine(s.wrong.String()))
		}
		return line, nil
	case <-time.After(limit):
		return "", fmt.Errorf("%s took more than %s", s.name, limit)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (s *session) turn(ctx context.Context) ([]measurement, error) {
	if _, err := io.WriteString(s.stdin, "\n"); err != nil {
		return nil, fmt.Errorf("%s: %w: %.300s", s.name, err, lastLine(s.wrong.String()))
	}
	var all []measurement
	for range s.each {
		line, err := s.line(ctx, s.limit)
		if err != nil {
			return nil, err
		}
		m, err := parseLine([]byte(line))
		if err != nil {
			return nil, err
		}
		m.Program = s.name
		all = append(all, m)
	}
	return all, nil
}

// close ends the program.
func (s *session) close() {
	s.stdin.Close()
	s.stop()
	for range s.lines { // until its end
	}
	s.cmd.Wait() // it was told to end: how it does is of no interest
}

// command is a program on the threads that it may use.
func (o options) command(ctx context.Context, path string, args, env []string) *exec.Cmd {
	all := append(strings.Fields(o.prefix), append([]string{path}, args...)...)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	threads := fmt.Sprint(o.threads)
	cmd.Env = append(os.Environ(), append(env, "GOMAXPROCS="+threads, "OMP_NUM_THREADS="+threads)...)
	return cmd
}
