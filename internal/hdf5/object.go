package hdf5

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Object is a group or a dataset, with its attributes.
type Object struct {
	// Path is that of the object, without a slash before it; empty for the root.
	Path string

	f        *File
	messages []message
	children map[string]uint64 // addresses by name, once they were asked for
	attrs    map[string]*Values
}

// Errors that callers tell apart.
var (
	// ErrNone is that of an object that isn't there.
	ErrNone = errors.New("no such object")
)

func (f *File) object(at uint64, path string) (*Object, error) {
	messages, err := f.header(at)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, shown(path))
	}
	o := &Object{Path: path, f: f, messages: messages}
	dataset := o.IsDataset() && o.first(dataspaceMessage) != nil && o.first(datatypeMessage) != nil
	group := o.first(oldGroupMessage) != nil || o.first(linkInfoMessage) != nil
	if dataset == group {
		return nil, fmt.Errorf("%s, which is neither an array nor a group; copy it again", shown(path))
	}
	return o, nil
}

// shown is a path for an error.
func shown(path string) string {
	if path == "" {
		return "the root"
	}
	return fmt.Sprintf("%.80q", path)
}

// first is the first message of a kind, nil for none.
func (o *Object) first(kind uint16) []byte {
	for _, m := range o.messages {
		if m.kind == kind {
			return m.data
		}
	}
	return nil
}

// IsDataset tells whether the object is a dataset, else it is a group.
func (o *Object) IsDataset() bool { return o.first(layoutMessage) != nil }

// Names are those of the objects in a group, in order; none of a dataset.
func (o *Object) Names() ([]string, error) {
	if err := o.list(); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(o.children)), nil
}

// Has tells whether a group has an object of that name.
func (o *Object) Has(name string) (bool, error) {
	err := o.list()
	_, ok := o.children[name]
	return ok, err
}

// At is the object at a path below this one, with slashes between the names. The error of one that isn't there is an
// [ErrNone].
func (o *Object) At(path string) (*Object, error) {
	at := o
	for name := range strings.SplitSeq(path, "/") {
		child, err := at.child(name)
		if err != nil {
			return nil, err
		}
		at = child
	}
	return at, nil
}

// child is an object of a group.
func (o *Object) child(name string) (*Object, error) {
	if err := o.list(); err != nil {
		return nil, err
	}
	at, ok := o.children[name]
	path := strings.TrimPrefix(o.Path+"/"+name, "/")
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %.80q", ErrNone, path)
	case at == undefined:
		return nil, fmt.Errorf("a link in place of %.80q, which isn't followed; write the data themselves", path)
	}
	return o.f.object(at, path)
}

// list finds the objects of a group.
func (o *Object) list() error {
	if o.children != nil {
		return nil
	}
	children := map[string]uint64{}
	add := func(name string, at uint64) error {
		if _, twice := children[name]; twice || name == "" {
			return fmt.Errorf("two objects %.80q in %s; write it again", name, shown(o.Path))
		}
		children[name] = at
		return nil
	}
	for _, m := range o.messages {
		var err error
		switch m.kind {
		case oldGroupMessage:
			err = o.f.oldGroup(m.data, add)
		case linkMessage:
			err = link(m.data, add)
		case linkInfoMessage:
			err = o.f.denseLinks(m.data, add)
		}
		if err != nil {
			return fmt.Errorf("%w (%s)", err, shown(o.Path))
		}
	}
	o.children = children
	return nil
}
