package imaging

import (
	"context"
	"fmt"
	"strings"

	"github.com/amgen/amgen/internal/fetch"
)

// set is one entry of the registry: what the data are, which canonical files hold them, where these
// come from, and how they become images.
type set struct {
	name    string
	title   string
	home    string // where a person reads about it
	licence string
	height  int
	width   int
	channel int
	train   int // images
	test    int
	classes []string
	files   []fetch.File
	sources []fetch.Source
	// byHand says in a few words which files or commands would do without amgen's own fetching.
	byHand string
	// parse reads one split; read returns a canonical file's verified bytes.
	parse func(split Split, read func(name string) ([]byte, error)) ([]uint8, []int32, error)
}

// remote is what of the set lies in the cache, and how it comes there.
func (s *set) remote() *fetch.Set {
	return &fetch.Set{Owner: "imaging", Kind: "data set", Name: s.name, Folder: "data/" + s.name, Files: s.files,
		Sources: s.sources,
		Command: "amgen data fetch " + s.name, ByHand: s.byHand}
}

// registry lists every data set that has a name of its own, in the order in which help prints them.
var registry = []*set{mnist(), fashionMNIST(), cifar10()}

// folderPrefix starts the name of an image folder.
const folderPrefix = "folder:"

// CutFolder returns the folder of a data set's name "folder:DIR", which may end in a split ([CutSplit]); ok is false
// for a name of another form.
func CutFolder(name string) (dir string, ok bool) { return strings.CutPrefix(name, folderPrefix) }

// FolderName is the name of the data set that a folder of images is.
func FolderName(dir string) string { return folderPrefix + dir }

// Names lists what Load accepts; the last entry stands for any folder.
func Names() []string {
	names := make([]string, 0, len(registry)+1)
	for _, s := range registry {
		names = append(names, s.name)
	}
	return append(names, folderPrefix+"DIR")
}

// Known says whether name is one that Load accepts, without opening any file. The error wraps [ErrUnknownDataset]
// and lists what there is.
func Known(name string) error {
	if dir, ok := strings.CutPrefix(name, folderPrefix); ok {
		if dir == "" {
			return fmt.Errorf("imaging: %w, got an image folder with an empty path; write %sDIR", ErrUnknownDataset,
				folderPrefix)
		}
		return nil
	}
	_, err := lookup(name)
	return err
}

func lookup(name string) (*set, error) {
	for _, s := range registry {
		if s.name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("imaging: %w, got %q; choose one of %s", ErrUnknownDataset, name,
		strings.Join(Names(), ", "))
}

// Info describes a data set of the registry without fetching it.
type Info struct {
	Name, Title, Licence, Home string
	Height, Width, Channels    int
	Train, Test                int // images in each split
	Classes                    []string
	// Dir is its folder in the cache, Cached whether all its files are there (by name and size; Load
	// checks the hashes), and Bytes what they take.
	Dir    string
	Cached bool
	Bytes  int64
}

// Describe returns the registry's entry for name, with its state in the cache that opts names. The error wraps
// [ErrUnknownDataset].
func Describe(name string, opts Options) (Info, error) {
	s, err := lookup(name)
	if err != nil {
		return Info{}, err
	}
	files := s.remote()
	info := Info{
		Name: s.name, Title: s.title, Licence: s.licence, Home: s.home,
		Height: s.height, Width: s.width, Channels: s.channel,
		Train: s.train, Test: s.test, Classes: s.classes,
		Dir: files.Dir(opts.fetch()), Cached: files.Cached(opts.fetch()), Bytes: files.Bytes(),
	}
	return info, nil
}

// Fetch brings the data set called name into the cache, unless it is there intact, and returns its folder. It does
// what Load does before parsing. The error wraps [ErrUnknownDataset] for another name; else it is that of the
// network, of the disk, or of content that hasn't the hash.
func Fetch(ctx context.Context, name string, opts Options) (dir string, err error) {
	s, err := lookup(name)
	if err != nil {
		return "", err
	}
	return s.remote().Ensure(ctx, opts.fetch())
}

// Verdict is what Verify found a file of the cache to be.
type Verdict = fetch.Verdict

// Verify reads the files of the data set called name in the cache and compares them with their hashes. It fetches and
// changes nothing. The error wraps [ErrUnknownDataset]; what is wrong with a file is in its verdict.
func Verify(name string, opts Options) ([]Verdict, error) {
	s, err := lookup(name)
	if err != nil {
		return nil, err
	}
	return s.remote().Verify(opts.fetch()), nil
}

// load is Load for an entry of the registry.
func (s *set) load(ctx context.Context, split Split, opts Options) (*Dataset, error) {
	if opts.Channels != 0 && opts.Channels != s.channel {
		return nil, fmt.Errorf("imaging: channels of %s, got %d; it has %d, leave the option at 0", s.name,
			opts.Channels, s.channel)
	}
	files := s.remote()
	dir, err := files.Ensure(ctx, opts.fetch())
	if err != nil {
		return nil, err
	}
	images, labels, err := s.parse(split, func(name string) ([]byte, error) { return files.Read(dir, name) })
	if err != nil {
		return nil, err
	}
	d, err := New(s.name, split, images, labels, s.height, s.width, s.channel)
	if err != nil {
		return nil, err
	}
	d.Classes = s.classes
	if d, err = d.limit(opts.Limit); err != nil {
		return nil, err
	}
	return d.pad(opts.Size, opts.Memory)
}
