package torture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// process is a program of this test binary at work.
type process struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
	ended  chan struct{} // closed
}

// prepare readies a program to run in dir, which is also where its cache is.
func prepare(t *testing.T, program, dir string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.stdout, &p.stderr
	p.cmd.Env = append(os.Environ(), actAs+"="+program, "AMGEN_CACHE="+dir+"/cache")
	return p
}

func (p *process) start(t *testing.T) *process {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // the exit code tells
		close(p.ended)
	}()
	return p
}

func start(t *testing.T, program, dir string, args ...string) *process {
	t.Helper()
	return prepare(t, program, dir, args...).start(t)
}

// wait is the exit code and the last line of stderr.
func (p *process) wait() (code int, said string) {
	<-p.ended
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	return p.cmd.ProcessState.ExitCode(), lines[len(lines)-1]
}

func pid(p *process) string { return fmt.Sprint(p.cmd.Process.Pid) }

// must waits for success.
func (p *process) must(t *testing.T) {
	t.Helper()
	if code, said := p.wait(); code != 0 {
		t.Fatalf("%v: exit code %d: %s", p.cmd.Args[1:], code, said)
	}
}

// moment is when a process is killed: some time after its start and, where watch is set, then not before a temporary
// file appears below it and a little later.
type moment struct {
	after time.Duration
	watch string
	later time.Duration
}

func (m moment) String() string {
	if m.watch == "" {
		return fmt.Sprintf("after %s", m.after.Round(time.Millisecond))
	}
	return fmt.Sprintf("after %s and %s into a write", m.after.Round(time.Millisecond), m.later)
}

// randomMoment of a process that takes about so long: every other one is aimed at the writing of a file.
func randomMoment(random *rand.Rand, takes time.Duration, watch string) moment {
	m := moment{after: time.Duration(random.Int64N(int64(takes)))}
	if random.IntN(2) == 0 {
		m.after, m.watch, m.later = time.Duration(random.Int64N(int64(takes))), watch,
			time.Duration(random.Int64N(int64(4*time.Millisecond)))
	}
	return m
}

// kill ends the process at the moment, without warning; killed is false where it was over before.
func (p *process) kill(m moment) (killed bool) {
	select {
	case <-p.ended:
		return false
	case <-time.After(m.after):
	}
	for m.watch != "" && !hasTemporary(m.watch) {
		select {
		case <-p.ended:
			return false
		case <-time.After(200 * time.Microsecond):
		}
	}
	time.Sleep(m.later)
	_ = p.cmd.Process.Kill() // it may be over this moment, which the exit code tells
	<-p.ended
	return p.cmd.ProcessState.ExitCode() == -1
}
