//! `kernel config … --message-format json`: the objects, whose shapes are promised.

use std::fs;

use crate::config::with_probes;

#[test]
fn what_a_program_reads() {
    let project = with_probes();
    let json = |args: &[&str]| {
        let run = project.kernel(&[&["config"], args, &["--message-format", "json"]].concat());
        let lines = run.stdout.lines().map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            serde_json::to_string_pretty(&value).unwrap() + "\n"
        });
        let root = fs::canonicalize(project.root()).unwrap();
        lines.collect::<String>().replace(&*root.to_string_lossy(), "[ROOT]")
    };
    insta::assert_snapshot!(json(&["resolve", "guest"]), @r##"
    {
      "config": "#\n# Automatically generated file; DO NOT EDIT.\n# Toy/x86_64 6.12.7 Kernel Configuration\n#\n# CONFIG_MODULES is not set\n# CONFIG_NET is not set\nCONFIG_CONSOLE=\"ttyS0\"\nCONFIG_NR_CPUS=2\n# CONFIG_SOUND is not set\nCONFIG_MICROCODE=y\n# CONFIG_BROKEN is not set\n# CONFIG_SLOW is not set\nCONFIG_LOCALVERSION=\"-guest\"\n# CONFIG_LOCALVERSION_AUTO is not set\n",
      "name": "guest",
      "path": null,
      "reason": "config-resolved"
    }
    "##);
    insta::assert_snapshot!(json(&["resolve", "guest", "-o", "out"]), @r#"
    {
      "config": null,
      "name": "guest",
      "path": "[ROOT]/out",
      "reason": "config-resolved"
    }
    "#);
    project.write("kernel/net.config", "CONFIG_VIRTIO_NET=y\nCONFIG_FAST=y\nCONFIG_NR_CPUS=2\n");
    insta::assert_snapshot!(json(&["explain", "guest", "FAST", "VIRTIO_NET", "NR_CPUS"]), @r#"
    {
      "explanation": {
        "definitions": [
          {
            "menu": [],
            "place": {
              "line": 45,
              "path": "Kconfig"
            },
            "prompt": "Fast"
          }
        ],
        "produced": {
          "by": "no-default"
        },
        "reasons": [
          {
            "prompts": [
              {
                "place": {
                  "line": 46,
                  "path": "Kconfig"
                },
                "terms": [
                  {
                    "kind": "depends-on",
                    "operands": [],
                    "place": {
                      "line": 47,
                      "path": "Kconfig"
                    },
                    "probes": [
                      {
                        "answer": "n",
                        "command": "gcc -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n",
                        "origin": "kept",
                        "runs_because": null
                      }
                    ],
                    "text": "n",
                    "value": "n"
                  }
                ],
                "text": "Fast"
              }
            ],
            "reason": "hidden"
          }
        ],
        "requests": [
          {
            "line": 2,
            "path": "kernel/net.config",
            "value": "y"
          }
        ],
        "symbol": "CONFIG_FAST",
        "type": "bool",
        "value": "n",
        "verdict": "missed"
      },
      "name": "guest",
      "reason": "config-explained"
    }
    {
      "explanation": {
        "definitions": [
          {
            "menu": [],
            "place": {
              "line": 10,
              "path": "Kconfig"
            },
            "prompt": "A network card"
          }
        ],
        "produced": {
          "by": "no-default"
        },
        "reasons": [
          {
            "prompts": [
              {
                "place": {
                  "line": 11,
                  "path": "Kconfig"
                },
                "terms": [
                  {
                    "kind": "depends-on",
                    "operands": [
                      {
                        "standing": {
                          "kind": "settable"
                        },
                        "symbol": "CONFIG_NET",
                        "value": "n"
                      }
                    ],
                    "place": {
                      "line": 12,
                      "path": "Kconfig"
                    },
                    "probes": [],
                    "text": "NET",
                    "value": "n"
                  }
                ],
                "text": "A network card"
              }
            ],
            "reason": "hidden"
          }
        ],
        "requests": [
          {
            "line": 1,
            "path": "kernel/net.config",
            "value": "y"
          }
        ],
        "symbol": "CONFIG_VIRTIO_NET",
        "type": "bool",
        "value": "n",
        "verdict": "missed"
      },
      "name": "guest",
      "reason": "config-explained"
    }
    {
      "explanation": {
        "definitions": [
          {
            "menu": [],
            "place": {
              "line": 18,
              "path": "Kconfig"
            },
            "prompt": "Processors"
          }
        ],
        "produced": {
          "by": "request",
          "request": {
            "line": 3,
            "path": "kernel/net.config",
            "value": "2"
          }
        },
        "reasons": [],
        "requests": [
          {
            "line": 3,
            "path": "kernel/net.config",
            "value": "2"
          }
        ],
        "symbol": "CONFIG_NR_CPUS",
        "type": "int",
        "value": "2",
        "verdict": "landed"
      },
      "name": "guest",
      "reason": "config-explained"
    }
    "#);
    insta::assert_snapshot!(json(&["fix", "guest", "VIRTIO_NET=y", "MICROCODE=n", "FAST=y"]), @r#"
    {
      "name": "guest",
      "proposal": {
        "changes": [],
        "outcome": "fixed",
        "settings": [
          {
            "symbol": "CONFIG_NET",
            "value": "y"
          }
        ],
        "symbol": "CONFIG_VIRTIO_NET",
        "value": "y"
      },
      "reason": "config-fix"
    }
    {
      "name": "guest",
      "proposal": {
        "facts": [
          {
            "places": [
              {
                "line": 25,
                "path": "Kconfig"
              }
            ],
            "symbol": "CONFIG_MICROCODE",
            "value": "y",
            "why": {
              "kind": "no-prompt"
            }
          }
        ],
        "outcome": "refused",
        "proof": "no-way",
        "settings_without_them": [],
        "symbol": "CONFIG_MICROCODE",
        "value": "n"
      },
      "reason": "config-fix"
    }
    {
      "name": "guest",
      "proposal": {
        "facts": [
          {
            "places": [
              {
                "line": 47,
                "path": "Kconfig"
              }
            ],
            "symbol": "CONFIG_FAST",
            "value": "n",
            "why": {
              "answer": "n",
              "command": "gcc -mno-such-option -x c -c /dev/null -o /dev/null 2>/dev/null && echo y || echo n",
              "kind": "probe"
            }
          }
        ],
        "outcome": "refused",
        "proof": "no-way",
        "settings_without_them": [],
        "symbol": "CONFIG_FAST",
        "value": "y"
      },
      "reason": "config-fix"
    }
    {
      "causes": [],
      "details": [],
      "diagnostics": [],
      "exit_code": 1,
      "hint": null,
      "kind": "user-error",
      "message": "2 requests of 3 cannot be met",
      "reason": "error"
    }
    "#);
    insta::assert_snapshot!(json(&["fix", "guest", "VIRTIO_NET=y", "--write"]), @r#"
    {
      "name": "guest",
      "proposal": {
        "changes": [],
        "outcome": "fixed",
        "settings": [
          {
            "symbol": "CONFIG_NET",
            "value": "y"
          }
        ],
        "symbol": "CONFIG_VIRTIO_NET",
        "value": "y"
      },
      "reason": "config-fix"
    }
    {
      "path": "[ROOT]/Kernel.toml",
      "reason": "config-written",
      "settings": [
        "CONFIG_NET=y",
        "CONFIG_VIRTIO_NET=y"
      ]
    }
    "#);
    project.write("a.config", "CONFIG_NET=y\nCONFIG_NR_CPUS=2\nCONFIG_SOUND=y\n");
    project.write("b.config", "CONFIG_NET=n\nCONFIG_NR_CPUS=2\nCONFIG_SOUND=m\n");
    insta::assert_snapshot!(json(&["diff", "a.config", "b.config", "--tree", "toy"]), @r#"
    {
      "a": "a.config",
      "b": "b.config",
      "changes": [
        {
          "after": "n",
          "before": "y",
          "kind": "removed",
          "menu": [],
          "symbol": "CONFIG_NET"
        },
        {
          "after": "m",
          "before": "y",
          "kind": "changed",
          "menu": [],
          "symbol": "CONFIG_SOUND"
        }
      ],
      "reason": "config-difference"
    }
    "#);
    insta::assert_snapshot!(json(&["merge", "-y", "-r", "--tree", "toy", "a.config", "b.config", "-o", "out"]), @r##"
    {
      "after": [
        "CONFIG_NET=n"
      ],
      "before": [
        "CONFIG_NET=y"
      ],
      "fragment": "b.config",
      "kind": "redefined",
      "reason": "config-merge-notice",
      "symbol": "CONFIG_NET"
    }
    {
      "after": [
        "CONFIG_NR_CPUS=2"
      ],
      "before": [
        "CONFIG_NR_CPUS=2"
      ],
      "fragment": "b.config",
      "kind": "redundant",
      "reason": "config-merge-notice",
      "symbol": "CONFIG_NR_CPUS"
    }
    {
      "after": [
        "CONFIG_SOUND=m"
      ],
      "before": [
        "CONFIG_SOUND=y"
      ],
      "fragment": "b.config",
      "kind": "kept-builtin",
      "reason": "config-merge-notice",
      "symbol": "CONFIG_SOUND"
    }
    {
      "asked": [
        "CONFIG_NET=n"
      ],
      "found": [
        "# CONFIG_NET is not set"
      ],
      "reason": "config-merge-miss",
      "symbol": "CONFIG_NET"
    }
    {
      "config": null,
      "name": "a.config",
      "path": "[ROOT]/out",
      "reason": "config-resolved"
    }
    "##);
    project.write(
        "kernel/net.config",
        "CONFIG_VIRTOI_NET=y\n# CONFIG_MICROCODE is not set\nCONFIG_SOUND=m\nCONFIG_SLOW=4\n",
    );
    let explained = json(&["explain", "guest", "VIRTOI_NET", "MICROCODE", "SOUND", "SLOW"]);
    let mut reasons = Vec::new();
    for explained in serde_json::Deserializer::from_str(&explained).into_iter::<serde_json::Value>() {
        reasons.push(explained.unwrap()["explanation"]["reasons"].to_string());
    }
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    [{"elsewhere":[],"nearest":"CONFIG_VIRTIO_NET","reason":"unknown","renamed":null}]
    [{"defaults":[{"holds":"y","missing":[],"place":{"line":26,"path":"Kconfig"},"probes":[],"text":"y"}],"implies":[],"reason":"no-prompt","selects":[]}]
    [{"allowed_by":{"standing":{"kind":"settable"},"symbol":"CONFIG_MODULES","value":"n"},"reason":"modules-off"}]
    [{"asked":"4","reason":"wrong-type","type":"bool"}]
    "#);
    insta::assert_snapshot!(json(&["explain", "guest", "a-b"]), @r#"
    {
      "causes": [],
      "details": [],
      "diagnostics": [],
      "exit_code": 1,
      "hint": null,
      "kind": "user-error",
      "message": "`a-b` is not a symbol's name: expected letters, digits and `_`",
      "reason": "error"
    }
    "#);
}
