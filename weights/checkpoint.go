package weights

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/version"
)

// errNotDir is the kernel's error for a path that leads through a file.
var errNotDir error = syscall.ENOTDIR

const (
	stateFile    = "state.safetensors"
	emaFile      = "ema.safetensors"
	manifestFile = "manifest.json"
	// maxStep is the last whose folder's name a reader takes for a checkpoint's.
	maxStep = 1e18 - 1
)

// State is everything that a resumed run needs. It holds copies, so it may be handed to another
// goroutine for writing while training goes on.
type State struct {
	Meta
	// Tensors are all variables of the context but the averaged parameters.
	Tensors []Tensor
	// EMA are the averaged parameters under the names of the parameters themselves; nil without
	// averaging.
	EMA []Tensor
}

// Checkpoint is a saved State.
type Checkpoint struct {
	State
	Path  string
	Hash  string // of the manifest, and through it of everything
	Amgen string // the version of amgen that wrote it
}

// Save writes state as dir/step-NNNNNN and returns its path and hash. The folder appears in one rename
// once all of it is on the disk; a failure or a crash leaves what was there before. A checkpoint of the
// same step is replaced; anything else of that name is an error, and stays. Save makes dir, but not the folder that
// dir is in: a run that was removed or moved doesn't come back as half a run.
func Save(dir string, state State) (path, hash string, err error) {
	if state.Step < 0 || state.Step > maxStep {
		return "", "", fmt.Errorf("weights: checkpoint step, got %d; use 0 to %d", state.Step, int64(maxStep))
	}
	if err := makeFolder(dir); err != nil {
		return "", "", fmt.Errorf("weights: checkpoint folder, got %w; choose one that can be written", err)
	}
	tmp, err := os.MkdirTemp(dir, tempPrefix)
	if err != nil {
		return "", "", fmt.Errorf("weights: checkpoint folder, got %w; choose one that can be written", err)
	}
	defer os.RemoveAll(tmp) // after the rename there is nothing left
	// The name of the folder of checkpoints, and of what else the caller has put beside it.
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return "", "", fmt.Errorf("weights: run folder %s, got %w; check the disk", filepath.Dir(dir), err)
	}
	manifest := Manifest{Version: FormatVersion, Amgen: version.Amgen(), Meta: state.Meta,
		Files: map[string]FileRecord{}}
	files := map[string][]Tensor{stateFile: state.Tensors}
	if state.EMA != nil {
		files[emaFile] = state.EMA
	}
	names := slices.Sorted(maps.Keys(files))
	records, errs := make([]FileRecord, len(names)), make([]error, len(names))
	forAll(len(names), func(i int) {
		records[i], errs[i] = writeTensors(filepath.Join(tmp, names[i]), state.Meta, files[names[i]])
	})
	for i, name := range names {
		if errs[i] != nil {
			return "", "", errs[i] // the first is enough
		}
		manifest.Files[name] = records[i]
	}
	text, hash, err := manifest.encode()
	if err != nil {
		return "", "", err
	}
	if err := createFile(filepath.Join(tmp, manifestFile), func(f *os.File) error {
		_,
			err := f.Write(text)
		return err
	}); err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, stepName(state.Step))
	if err := publish(tmp, path); err != nil {
		return "", "", fmt.Errorf("weights: checkpoint %s, got %w; check the rights and the space there", path, err)
	}
	return path, hash, nil
}

// makeFolder makes a folder whose parent is there, unless it is there itself. A symbolic link isn't a folder.
func makeFolder(dir string) error {
	err := os.Mkdir(dir, 0o755)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &fs.PathError{Op: "open", Path: dir, Err: errNotDir}
	}
	return nil
}

// publish syncs the finished folder tmp and renames it to path.
func publish(tmp, path string) error {
	dir := filepath.Dir(path)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		if contentOf(path) != contentOwn {
			return errors.New("something that amgen didn't write is in its place")
		}
		// A folder cannot be renamed over a full one. Should a crash fall between the two renames,
		// the older checkpoints are still there, and this step is done again.
		old := tmp + ".old"
		if err := os.Rename(path, old); err != nil {
			return err
		}
		if err := rename(tmp, path); err != nil {
			return errors.Join(err, os.Rename(old, path))
		}
		defer removeFolder(old)
	} else if err := rename(tmp, path); err != nil {
		return err
	}
	return syncDir(dir)
}

// rename is replaced by tests, which want it to fail.
var rename = os.Rename

// writeTensors writes one safetensors file and returns its record.
func writeTensors(path string, meta Meta, list []Tensor) (FileRecord, error) {
	list, err := sorted(list)
	if err != nil {
		return FileRecord{}, err
	}
	metadata := map[string]string{"preset": meta.Preset, "step": fmt.Sprint(meta.Step)}
	if meta.Architecture != nil {
		metadata["architecture"] = string(meta.Architecture)
	}
	head, err := encodeHeader(metadata, list, make([]string, len(list)))
	if err != nil {
		return FileRecord{}, err
	}
	record := FileRecord{Tensors: map[string]TensorRecord{}}
	err = createFile(path, func(f *os.File) error {
		onDisk := make(chan error, 1)
		go func() { // while the tensors are hashed
			n, err := writeData(io.NewOffsetWriter(f, int64(len(head))), list)
			record.Bytes = int64(len(head)) + n
			onDisk <- errors.Join(err, f.Sync())
		}()
		sums := hashes(list)
		for i, t := range list {
			record.Tensors[t.Name] = TensorRecord{DType: t.DType.String(), Shape: t.Shape, SHA256: sums[i]}
		}
		if err := <-onDisk; err != nil {
			return err
		}
		if head, err = encodeHeader(metadata, list, sums); err != nil {
			return err
		}
		_, err := f.WriteAt(head, 0)
		return err
	})
	return record, err
}

// createFile creates a file whose bytes are on the disk when it returns.
func createFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("weights: checkpoint file, got %w; check the rights there", err)
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("weights: checkpoint file %s, got %w; check the space there", path, err)
	}
	return nil
}

// syncDir is replaced by tests, which want to know what was synced.
var syncDir = replace.SyncDir

// Load reads and verifies the checkpoint in the folder path. What isn't complete and unchanged is an
// error that wraps ErrCorrupt.
func Load(path string) (*Checkpoint, error) { return load(path, stateFile, emaFile) }

// LoadEMA is Load without the training state: only Meta and EMA are filled, and only their files are
// read and verified. A checkpoint without averaged parameters gives ErrNoCheckpoint.
func LoadEMA(path string) (*Checkpoint, error) {
	c, err := load(path, emaFile)
	if err == nil && c.EMA == nil {
		return nil, fmt.Errorf("weights: %w of averaged parameters in %s; train with EMA or use the raw ones",
			ErrNoCheckpoint, path)
	}
	return c, err
}

// load reads the manifest and those of the named files that it lists.
func load(path string, names ...string) (*Checkpoint, error) {
	m, hash, err := readManifest(filepath.Join(path, manifestFile))
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{State: State{Meta: m.Meta}, Path: path, Hash: hash, Amgen: m.Amgen}
	if _, ok := m.Files[stateFile]; !ok {
		return nil, fmt.Errorf("weights: %w: checkpoint %s, got a manifest without %s", ErrCorrupt, path, stateFile)
	}
	for _, name := range names { // the manifest's own names are never opened
		record, ok := m.Files[name]
		if !ok {
			continue
		}
		list, err := readTensors(filepath.Join(path, name), record)
		if err != nil {
			return nil, err
		}
		if name == stateFile {
			c.Tensors = list
		} else {
			c.EMA = list
		}
	}
	return c, nil
}

// readTensors reads one safetensors file and compares it with its record.
func readTensors(path string, record FileRecord) ([]Tensor, error) {
	if st, err := os.Stat(path); err != nil {
		return nil, unread(path, err)
	} else if !st.Mode().IsRegular() || st.Size() != record.Bytes {
		return nil, fmt.Errorf("weights: %w: checkpoint file %s, got no regular file of %d bytes", ErrCorrupt, path,
			record.Bytes)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unread(path, err)
	}
	defer f.Close()
	file, sums, err := read(f, record.Bytes, true)
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	if len(file.Tensors) != len(record.Tensors) {
		return nil, fmt.Errorf("weights: %w: checkpoint file %s, got %d tensors, want %d", ErrCorrupt, path,
			len(file.Tensors), len(record.Tensors))
	}
	for i, t := range file.Tensors { // all that is used of the file
		if want := record.Tensors[t.Name].SHA256; sums[i] != want {
			return nil, fmt.Errorf("weights: %w: checkpoint file %s, got tensor %.100q of hash %s, want %.64q",
				ErrCorrupt, path, t.Name, sums[i], want)
		}
	}
	if len(file.Tensors) == 0 {
		return []Tensor{}, nil // an empty list is not an absent one
	}
	return file.Tensors, nil
}
