;;; Inchworm's findings in migrations, with eglot (Emacs 29 and newer).
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs '(sql-mode . ("inchworm" "lsp"))))
(add-hook 'sql-mode-hook #'eglot-ensure)
