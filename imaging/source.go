package imaging

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ErrOffline is wrapped when a data set is not in the cache and the network may not be used.
var ErrOffline = errors.New("offline")

// source is one place that a data set comes from. Its fetch hands every canonical file to job.put; it
// may use the network only if job.offline is false.
type source struct {
	name  string
	fetch func(ctx context.Context, j *job) error
}

// Progress tells how far a fetch has come.
type Progress struct {
	Dataset string
	Source  string // "https", "go", "debian", "npm", "local"
	File    string // what is being read; empty with a Note
	Done    int64  // bytes
	Total   int64  // bytes, 0 if unknown
	Note    string // a sentence on a change of source, when set
}

// job is one attempt to bring a set into its folder, made while the folder's lock is held.
type job struct {
	set     *set
	dir     string
	opts    Options
	offline bool

	source string // the one being tried
}

// run tries the sources in order until no file is missing.
func (j *job) run(ctx context.Context) error {
	var failures []string
	for _, f := range j.set.missing(j.dir) {
		if _, err := os.Lstat(filepath.Join(j.dir, f.name)); err == nil {
			failures = append(failures, fmt.Sprintf("cache: %s is not what it should be (truncated or changed)", f.name))
			j.note("cached " + f.name + " is truncated or changed: replacing it")
		}
	}
	for _, src := range j.set.sources {
		j.source = src.name
		err := src.fetch(ctx, j)
		if ctx.Err() != nil {
			return fmt.Errorf("imaging: fetching %s, got %w; run it again, what is complete stays", j.set.name, context.Cause(ctx))
		}
		if err == nil {
			left := j.set.missing(j.dir)
			if len(left) == 0 {
				j.note("fetched and verified")
				return nil
			}
			err = fmt.Errorf("it lacks %s", left[0].name)
		}
		if !errors.Is(err, errNotHere) {
			failures = append(failures, src.name+": "+oneLine(err))
			j.note(src.name + " failed: " + oneLine(err))
		}
	}
	todo := fmt.Sprintf("%s and put them into %s", j.set.byHand, j.dir)
	if j.offline {
		return fmt.Errorf("imaging: %w and %s not in the cache%s; run `amgen data fetch %s` with a network, or %s",
			ErrOffline, j.set.name, because(failures), j.set.name, todo)
	}
	return fmt.Errorf("imaging: data set %s, got no source that answers%s; check the network, or %s",
		j.set.name, because(failures), todo)
}

func because(failures []string) string {
	if len(failures) == 0 {
		return ""
	}
	return " (" + strings.Join(failures, "; ") + ")"
}

// errNotHere says that a source doesn't apply (its tool isn't installed, it needs the network):
// worth no mention when another source answers.
var errNotHere = errors.New("not available here")

// put stores r's bytes as the canonical file f, in one rename, after its size and hash were checked.
func (j *job) put(f file, r io.Reader) (err error) {
	tmp, err := os.CreateTemp(j.dir, tempPrefix+f.name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tmp.Close() // closing twice is harmless
			os.Remove(tmp.Name())
		}
	}()
	h := sha256.New()
	meter := &meter{job: j, file: f.name, total: f.size}
	// One byte beyond the size is enough to see that there is too much.
	n, err := io.Copy(io.MultiWriter(tmp, h, meter), io.LimitReader(r, f.size+1))
	if err != nil {
		return fmt.Errorf("%s after %d bytes: %w", f.name, n, err)
	}
	if n != f.size {
		return fmt.Errorf("%s has %d bytes, want %d", f.name, n, f.size)
	}
	if sum := hexSum(h); sum != f.sha256 {
		return fmt.Errorf("%s has sha256 %s, want %s", f.name, sum, f.sha256)
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(j.dir, f.name)); err != nil {
		return err
	}
	return syncDir(j.dir)
}

// putEach stores the named canonical files that are still missing, opening each by open.
func (j *job) putEach(open func(name string) (io.ReadCloser, error)) error {
	for _, f := range j.set.missing(j.dir) {
		r, err := open(f.name)
		if err != nil {
			return err
		}
		err = j.put(f, r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *job) note(text string) {
	if j.opts.Progress != nil {
		j.opts.Progress(Progress{Dataset: j.set.name, Source: j.source, Note: text})
	}
}

// meter is a writer that only counts, and reports about every megabyte.
type meter struct {
	job                   *job
	file                  string
	done, total, reported int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if cb := m.job.opts.Progress; cb != nil && (m.done-m.reported >= 1<<20 || m.done == m.total) {
		m.reported = m.done
		cb(Progress{Dataset: m.job.set.name, Source: m.job.source, File: m.file, Done: m.done, Total: m.total})
	}
	return len(p), nil
}

// oneLine squeezes an error, such as a tool's output, into one line of bounded length.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:297]) + "…"
	}
	return text
}
