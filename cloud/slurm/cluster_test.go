//go:build linux

package slurm

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a SLURM of one node on the loopback: munged, slurmctld and slurmd, started in a directory of their own by
// whoever runs the test, and ended with it.
type cluster struct {
	dir  string // jobs run and write their logs here
	conf string
	env  []string // of jobs
	jobs []string
}

// programs are what a cluster needs, all in Debian's slurm-wlm and munge.
var programs = []string{"munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "squeue"}

func find(program string) string {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		if path := filepath.Join(dir, program); exec.Command("test", "-x", path).Run() == nil {
			return path
		}
	}
	return ""
}

// startCluster skips the test where SLURM isn't installed.
func startCluster(t *testing.T, env ...string) *cluster {
	t.Helper()
	for _, p := range programs {
		if find(p) == "" {
			t.Skipf("there is no %s; install SLURM and munge, on Debian by `apt-get install slurm-wlm munge`", p)
		}
	}
	c := &cluster{dir: t.TempDir()}
	c.conf = filepath.Join(c.dir, "slurm.conf")
	c.env = append(append(os.Environ(), "SLURM_CONF="+c.conf), env...)
	socket, key := filepath.Join(c.dir, "munge.socket"), filepath.Join(c.dir, "munge.key")
	secret := make([]byte, 128)
	_, _ = rand.Read(secret) // never fails
	c.write(t, key, string(secret), 0o400)
	c.write(t, c.conf, c.config(t, socket), 0o644)
	for _, dir := range []string{"state", "spool"} {
		if err := os.Mkdir(filepath.Join(c.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c.start(t, "munged", "--foreground", "--force", "--socket="+socket, "--key-file="+key, "--pid-file="+
		filepath.Join(c.dir, "munged.pid"),
		"--log-file="+filepath.Join(c.dir, "munged.log"), "--seed-file="+filepath.Join(c.dir, "munged.seed"))
	c.await(t, "munged", func() bool { _, err := os.Stat(socket); return err == nil })
	c.start(t, "slurmctld", "-D", "-f", c.conf)
	c.start(t, "slurmd", "-D", "-f", c.conf)
	c.await(t, "the node", func() bool {
		state, _ := c.output("sinfo", "--noheader", "--format=%t")
		return strings.TrimSpace(state) == "idle"
	})
	t.Cleanup(func() { c.cancelAll(t) }) // before the daemons end
	return c
}

// config has one node that claims four processors, so that an array's tasks run at once on any machine.
func (c *cluster) config(t *testing.T, socket string) string {
	t.Helper()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`ClusterName=loopback
SlurmctldHost=%[1]s(127.0.0.1)
SlurmUser=%[2]s
SlurmdUser=%[2]s
AuthType=auth/munge
AuthInfo=socket=%[3]s
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=%[4]d
SlurmdPort=%[5]d
StateSaveLocation=%[6]s/state
SlurmdSpoolDir=%[6]s/spool
SlurmctldPidFile=%[6]s/slurmctld.pid
SlurmdPidFile=%[6]s/slurmd.pid
SlurmctldLogFile=%[6]s/slurmctld.log
SlurmdLogFile=%[6]s/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2
ReturnToService=2
NodeName=%[1]s NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=%[1]s Default=YES MaxTime=INFINITE State=UP
`, host, me.Username, socket, freePort(t), freePort(t), c.dir)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (c *cluster) write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// start starts a daemon, which ends with the test.
func (c *cluster) start(t *testing.T, program string, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(c.dir, program+".out"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(find(program), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, log, log
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // should the test be killed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait() // killed, or as it likes
		kill.Stop()
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s:\n%s", program, text)
		}
	})
}

// await waits until something is so.
func (c *cluster) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 4 minutes for %s", what)
		}
	}
}

// output runs a program of SLURM's in the cluster's directory.
func (c *cluster) output(program string, args ...string) (string, error) {
	cmd := exec.Command(find(program), args...)
	cmd.Env, cmd.Dir = c.env, c.dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s %v: %w: %s", program, args, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

func (c *cluster) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := c.output(program, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// submit queues a script of this directory, for one processor unless flags say otherwise, and returns the job's number.
func (c *cluster) submit(t *testing.T, flags []string, script string, args ...string) string {
	t.Helper()
	path, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	job := c.must(t, "sbatch", slices.Concat([]string{"--parsable", "--cpus-per-task=1"}, flags, []string{path},
		args)...)
	c.jobs = append(c.jobs, job)
	return job
}

// field reads one of what scontrol shows of a job or a task of an array, JOB or JOB_TASK.
func (c *cluster) field(t *testing.T, job, name string) string {
	t.Helper()
	text := c.must(t, "scontrol", "--oneliner", "show", "job", job)
	found := regexp.MustCompile(`(?:^|\s)` + name + `=(\S+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("job %s has no %s: %s", job, name, text)
	}
	return found[1]
}

// awaitState waits until a job has one of the states, and fails on another that is final.
func (c *cluster) awaitState(t *testing.T, job, want string) {
	t.Helper()
	c.await(t, "job "+job+" to be "+want, func() bool {
		state := c.field(t, job, "JobState")
		if state != want && !slices.Contains([]string{"PENDING", "CONFIGURING", "RUNNING", "COMPLETING"}, state) {
			t.Fatalf("job %s is %s, want %s; logs:\n%s", job, state, want, c.logs(t))
		}
		return state == want
	})
}

func (c *cluster) logs(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "amgen-*.log"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s:\n%s\n", filepath.Base(f), text)
	}
	return all.String()
}

// cancelAll leaves no process of a job behind.
func (c *cluster) cancelAll(t *testing.T) {
	for _, job := range c.jobs {
		_, _ = c.output("scancel", job) // most are over
	}
	c.await(t, "all jobs to end", func() bool {
		left, err := c.output("squeue", "--noheader")
		return err == nil && left == ""
	})
}
